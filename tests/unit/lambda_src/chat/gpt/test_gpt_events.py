"""Answers of the Responses API as Bedrock's path for it gives them, and as a client gets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat.errors import TRUNCATED, UpstreamError
from chat.formats.responses.gpt.response import TOLD
from lambda_streaming import DeadlineExceeded, Response

from streaming_api_tools.local.services.bedrock.operations import ServiceError
from streaming_api_tools.local.services.bedrock.responses.response import ResponsesTranslation
from tests.unit.lambda_src.chat.claude.asking import Client, Refusal, chunk
from tests.unit.lambda_src.chat.gpt.asking import ABOUT, GPT, TOOL, answer, read
from tests.unit.lambda_src.chat.response_events import judged, kinds, resource
from tests.unit.lambda_src.chat.streams import TEXT, TOOLS

PROMPT = "Answer as a pirate."
DECIDED = {"system": PROMPT, "maxTokens": 100}


def bedrocks(events: Any = TEXT, **body: object) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what the stand-in sends for events of ConverseStream."""
    asked = {"model": GPT, "instructions": PROMPT, "tools": [TOOL], "store": False, "max_output_tokens": 100}
    translation = ResponsesTranslation({**asked, **body})
    stream = b"".join(translation.add(next(iter(each.items()))) for each in events)
    lines = [block.removeprefix(b"data: ") for block in stream.split(b"\n\n") if block]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def events(sent: list[dict[str, Any]], **asked: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return judged([each.encode() for each in answer(sent, **asked)])


@pytest.mark.parametrize("model", [TEXT, TOOLS], ids=["text", "tools"])
def test_gpt_events_reach_the_client_with_their_names_and_numbers(model: Any) -> None:  # noqa: ANN401
    sent = bedrocks(model)
    found = events(sent)
    assert kinds(found) == kinds(sent)
    for ours, theirs in zip(found, sent, strict=True):
        assert {**ours, "response": 0} == {**theirs, "response": 0}


def test_gpt_events_have_no_padding() -> None:
    sent = [{**each, "obfuscation": "abc"} if "delta" in each else each for each in bedrocks()]
    assert "obfuscation" not in str(events(sent))


def test_gpt_response_says_what_the_client_said_and_no_decision() -> None:
    found = events(bedrocks(), deployed=DECIDED, metadata={"a": "b"}, max_output_tokens=5)
    responses = [each["response"] for each in found if "response" in each]
    assert len(responses) == 3
    for response in responses:
        assert PROMPT not in json.dumps(response)
        told = {name: response[name] for name in TOLD}
        assert told == {
            "background": False,
            "instructions": None,
            "max_output_tokens": 5,
            "max_tool_calls": None,
            "metadata": {"a": "b"},
            "model": GPT,
            "previous_response_id": None,
            "prompt_cache_key": None,
            "safety_identifier": None,
            "store": False,
            "tool_choice": "auto",
            "tools": [],
        }
        resource(response)


def test_gpt_whole_answer_is_the_response_of_the_last_event() -> None:
    call, _ = read()
    response = call.respond(call.check(map(chunk, bedrocks())), ABOUT)
    assert isinstance(response, Response)
    body: Any = response.body
    resource(body)
    assert (body["status"], body["output"][0]["content"][0]["text"]) == ("completed", "Hello")
    assert body["usage"]["output_tokens"] == 2
    assert PROMPT not in json.dumps(body)


def test_gpt_incomplete_answer_is_the_end_of_a_stream() -> None:
    cut = [*TEXT[:4], {"messageStop": {"stopReason": "max_tokens"}}, TEXT[-1]]
    assert kinds(events(bedrocks(cut)))[-1] == "response.incomplete"


def broken(sent: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Exception]:
    """Return the events of an answer that fails, as the streaming library ends it, and the error."""
    body, written = answer(sent), []
    try:
        for each in body:
            written.append(each.encode())
    except UpstreamError as error:
        return judged([*written, body.last_event(error)]), error
    raise AssertionError("the answer did not fail")


@pytest.mark.parametrize("count", range(len(bedrocks(TOOLS))))
def test_gpt_stream_without_its_end_ends_in_an_error_and_failed(count: int) -> None:
    found, error = broken(bedrocks(TOOLS)[:count])
    assert isinstance(error, UpstreamError)
    assert error.code == TRUNCATED.code
    assert kinds(found)[-2:] == ["error", "response.failed"]
    assert not {"response.completed", "response.incomplete", "error"} & {*kinds(found)[:-2]}


FAILURES = [
    (
        {"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded"}}},
        "rate_limit_exceeded",
    ),
    ({"type": "response.failed", "response": {"error": {"code": "server_error"}}}, "server_error"),
    ({"type": "response.failed", "response": {"error": None}}, "server_error"),
    ({"type": "response.failed"}, "server_error"),
    ({"type": "error", "code": "rate_limit_exceeded", "message": "m", "param": None}, "rate_limit_exceeded"),
    ({"type": "error", "error": {"code": "context_length_exceeded"}}, "context_length_exceeded"),
    ({"type": "error", "error": "no"}, "server_error"),
]


@pytest.mark.parametrize(("failure", "code"), FAILURES)
def test_gpt_failure_in_the_middle_is_the_last_event_in_the_functions_words(
    failure: dict[str, Any], code: str
) -> None:
    found, _ = broken([*bedrocks()[:5], failure, *bedrocks()[5:]])
    assert found[-1]["type"] == "response.failed"
    assert found[-1]["response"]["error"]["code"] == found[-2]["error"]["code"] == code
    assert kinds(found)[2:-2] == kinds(bedrocks())[2:5]


@pytest.mark.parametrize(("failure", "code"), FAILURES)
def test_gpt_failure_before_the_first_event_that_carries_something_is_a_status(
    failure: dict[str, Any], code: str
) -> None:
    written: list[object] = []
    with pytest.raises(UpstreamError):
        written.extend(answer([*bedrocks()[:2], failure]))
    assert written == []


def test_gpt_deadline_before_any_event_has_the_first_events_too() -> None:
    found = judged([answer([]).last_event(DeadlineExceeded())])
    assert kinds(found) == ["response.created", "response.in_progress", "error", "response.failed"]


def test_gpt_failure_keeps_the_items_that_were_whole() -> None:
    sent = bedrocks(TOOLS)
    done = kinds(sent).index("response.output_item.done")
    found, _ = broken(sent[: done + 2])
    assert [item["type"] for item in found[-1]["response"]["output"]] == ["reasoning"]


def test_gpt_stand_in_fails_in_a_form_that_is_read() -> None:
    translation = ResponsesTranslation({"model": GPT})
    last = translation.fail(ServiceError("throttlingException", "slow")).split(b"\n\n")[0]
    found, _ = broken([*bedrocks()[:4], json.loads(last.removeprefix(b"data: "))])
    assert found[-1]["type"] == "response.failed"


def refusing(name: str, message: str) -> Any:  # noqa: ANN401
    return lambda body: message if name in json.dumps(body) else None


@pytest.mark.parametrize(
    ("member", "message", "name"),
    [
        ({"truncation": "auto"}, "Unknown parameter: 'truncation'.", "truncation"),
        (
            {"temperature": 0.5},
            "Unsupported parameter: 'temperature' is not supported with this model.",
            "temperature",
        ),
        ({"reasoning": {"summary": "auto"}}, "Unknown parameter: 'reasoning.summary'.", "reasoning.summary"),
        ({"tools": [{**TOOL, "strict": True}]}, "Unknown parameter: 'tools[0].strict'.", "tools.strict"),
    ],
)
def test_gpt_member_that_bedrock_refuses_is_left_out_once_and_named(
    member: dict[str, Any], message: str, name: str
) -> None:
    call, request = read(deployed=DECIDED, **member)
    client = Client(refuse=refusing(name.rpartition(".")[2], message))
    call.ask(client, request.settings.model(None))
    assert len(client.asked) == 2
    assert request.dropped.header() == name
    assert (client.bodies[1]["instructions"], client.bodies[1]["max_output_tokens"]) == (PROMPT, 100)


@pytest.mark.parametrize("name", ["max_output_tokens", "store", "instructions", "input", "x"])
def test_gpt_decision_that_bedrock_refuses_is_the_error(name: str) -> None:
    call, request = read(deployed=DECIDED)
    client = Client(refuse=lambda body: f"Unknown parameter: '{name}'.")
    with pytest.raises(Refusal):
        call.ask(client, request.settings.model(None))
    assert len(client.asked) == 1
