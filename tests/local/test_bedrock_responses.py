"""OpenAI's Responses API on Bedrock's endpoint for it: what is refused, and the events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from streaming_api_tools.local.services.bedrock.responses.request import converse_request
from streaming_api_tools.local.services.bedrock.validation.refusals import refusals
from tests.local.bedrock_refused_natively import refused_responses
from tests.local.test_bedrock_messages import post
from tests.support.bedrock.shipped import standin

PATH = "/openai/v1/responses"
GPT = "us.openai.gpt-5.6-sol"
TOOL = {
    "type": "function",
    "name": "w",
    "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
}
#: https://github.com/openresponses/openresponses: the members that every response has.
MEMBERS = {
    "background",
    "completed_at",
    "created_at",
    "error",
    "frequency_penalty",
    "id",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "object",
    "output",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "status",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "usage",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the endpoint of a stand-in."""
    with standin() as endpoint:
        yield endpoint


def ask(url: str, given: object, **more: object) -> tuple[int, dict[str, Any]]:
    status, _, content = post(url, {"model": GPT, "input": given, **more}, {}, PATH)
    return status, json.loads(content)


def events(url: str, given: object, **more: object) -> list[dict[str, Any]]:
    """Return the events of a stream."""
    body = {"model": GPT, "input": given, "stream": True, **more}
    status, headers, content = post(url, body, {}, PATH)
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    *lines, last = content.decode().strip().split("\n\n")
    assert last == "data: [DONE]"
    found = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found


@pytest.mark.parametrize(("reason", "body", "said"), refused_responses(GPT))
def test_standin_responses_invalid_request_is_refused(
    url: str, reason: str, body: dict[str, object], said: str
) -> None:
    status, _, content = post(url, {"model": GPT, "input": "hi", **body}, {}, PATH)
    missing = refusals()[reason].exception == "ResourceNotFoundException"
    error = json.loads(content)["error"]
    assert (status, error["type"]) == (404 if missing else 400, "invalid_request_error")
    assert said in error["message"]


def test_standin_responses_text_is_streamed_as_events(url: str) -> None:
    found = events(url, "[[say=Hel lo.]]", instructions="be brief")
    assert [event["type"].removeprefix("response.") for event in found] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["delta"] for event in found if "delta" in event] == ["Hel ", "lo."]
    first, last = found[0]["response"], found[-1]["response"]
    assert first.keys() >= MEMBERS
    assert (first["status"], first["output"], first["instructions"]) == ("in_progress", [], "be brief")
    assert (last["status"], last["output"][0]["content"][0]["text"]) == ("completed", "Hel lo.")
    assert last["usage"]["total_tokens"] == last["usage"]["input_tokens"] + 2
    assert found[-2]["item"] == last["output"][0]


def test_standin_responses_reasoning_and_calls_are_separate_items(url: str) -> None:
    asked = '[[reasoning=Hm, well.]] [[say=Yes.]] [[tool=w {"a": 1}]] [[tool=v]]'
    found = events(url, asked, tools=[TOOL])
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert [item["type"] for item in done] == ["reasoning", "message", "function_call", "function_call"]
    assert done[0]["summary"] == [{"type": "summary_text", "text": "Hm, well."}]
    assert done[0]["encrypted_content"]
    assert [json.loads(item["arguments"]) for item in done[2:]] == [{"a": 1}, {}]
    pieces = [event["delta"] for event in found if event["type"].endswith("arguments.delta")]
    assert json.loads("".join(pieces)) == {"a": 1}
    assert found[-1]["response"]["output"] == done
    status, whole = ask(url, asked, tools=[TOOL])
    assert (status, whole["output"]) == (200, done)


def test_standin_responses_history_items_and_tool_results_are_read(url: str) -> None:
    history = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "input_text", "text": "[[tool=w]]"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        {"type": "function_call", "call_id": "c-1", "name": "w", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c-1", "output": "sun"},
    ]
    status, whole = ask(url, history, tools=[TOOL])
    assert (status, whole["output"][0]["content"][0]["text"]) == (200, "The tools answered: sun")


def test_standin_responses_choice_format_and_limit_are_followed(url: str) -> None:
    _, whole = ask(url, "hi", tools=[TOOL], tool_choice="required")
    assert (whole["output"][0]["name"], json.loads(whole["output"][0]["arguments"])) == ("w", {"a": 0})
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    _, whole = ask(url, "hi", text={"format": {"type": "json_schema", "name": "r", "schema": schema}})
    assert json.loads(whole["output"][0]["content"][0]["text"]) == {"a": 0}
    _, whole = ask(url, "[[say=a b c]]", max_output_tokens=2)
    assert (whole["status"], whole["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


def test_standin_responses_fault_in_stream_is_last_event(url: str) -> None:
    *_, last = events(url, "[[modelStreamErrorException@2]]")
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert "was asked for" in last["response"]["error"]["message"]
    *_, last = events(url, "[[stop=malformed_tool_use]]")
    assert last["type"] == "response.failed"
    status, body = ask(url, "[[ThrottlingException]]")
    assert (status, body["error"]["type"]) == (429, "rate_limit_error")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttlingException", "rate_limit_exceeded"),
        ("validationException", "invalid_prompt"),
        ("internalServerException", "server_error"),
        ("modelStreamErrorException", "server_error"),
    ],
)
def test_standin_responses_fault_in_stream_has_the_code_of_openai(url: str, fault: str, code: str) -> None:
    *_, last = events(url, f"[[{fault}@1]]")
    assert last["response"]["error"]["code"] == code


def test_standin_responses_files_reach_the_script() -> None:
    content = [
        {"type": "input_text", "text": "What?"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAE="},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AQ=="},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
    ]
    request: Any = converse_request({"input": [{"role": "user", "content": content}]})
    assert request["messages"][0]["content"] == [
        {"text": "What?"},
        {"image": {"format": "png", "source": {"bytes": "AAE="}}},
        {"document": {"format": "pdf", "name": "a.pdf", "source": {"bytes": "AQ=="}}},
    ]
