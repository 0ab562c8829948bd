"""The one record of each request, in every format, whatever has become of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from chat import handler
from chat.errors import BEDROCK as ERRORS
from chat.errors import UpstreamError
from chat.routes import ROUTES
from chat.usage.report import FORMATS
from lambda_streaming import CollectedResponse, StreamRejected

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import TEXT, TOOLS
from tests.unit.lambda_src.chat.usage.test_counts import STREAMS

SECRET = "swordfish"
MESSAGES = [{"role": "user", "content": SECRET}]
CONVERSE = {"messages": [{"role": "user", "content": [{"text": SECRET}]}]}
NATIVE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": MESSAGES}
#: Format in records -> path and body of each way to ask in it.
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("native", "/chat", {"prompt": SECRET}),
    ("chat_completions", "/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    ("chat_completions", "/v1/chat/completions", {"messages": MESSAGES}),
    ("responses", "/v1/responses", {"input": SECRET, "stream": True}),
    ("responses", "/v1/responses", {"input": SECRET}),
    ("anthropic", "/v1/messages", {"max_tokens": 9, "messages": MESSAGES, "stream": True}),
    ("anthropic", "/v1/messages", {"max_tokens": 9, "messages": MESSAGES}),
    ("ai_sdk", "/ui/chat", {"messages": [{"role": "user", "parts": [{"type": "text", "text": SECRET}]}]}),
    ("converse", "/model/model-1/converse-stream", CONVERSE),
    ("converse", "/model/model-1/converse", CONVERSE),
    ("invoke_model", "/model/model-1/invoke-with-response-stream", NATIVE),
]
IDS = [f"{path} {'stream' in body}" for _, path, body in REQUESTS]
#: What API Gateway says of the request, the key itself among it.
CONTEXT = {"apiId": "api1", "identity": {"apiKeyId": "k1", "apiKey": SECRET}, "resourcePath": "/of/{it}"}


@pytest.fixture
def records(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return what reads the records since it was last called."""

    def read() -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines if '"event":"usage"' in line]

    return read


Records = Callable[[], list[dict[str, Any]]]


def ask(
    path: str, body: Mapping[str, Any], events: Iterable[Mapping[str, Any]] = TEXT
) -> CollectedResponse | None:
    """Return the answer to a request; None for one that broke."""
    event = {"path": path, "resource": "/of/{it}", "requestContext": CONTEXT, "body": json.dumps(body)}
    try:
        return handle(event, events)
    except (Exception, KeyboardInterrupt):
        return None


def of_invoke(path: str, events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the events in the words of the operation that a path asks."""
    return list(STREAMS["claude"]) if "invoke" in path else events  # type: ignore[arg-type]


def test_record_names_every_format_of_a_route() -> None:
    assert set(FORMATS) == {*(name for _, name in ROUTES), "native"}


@pytest.mark.parametrize(("name", "path", "body"), REQUESTS, ids=IDS)
def test_record_of_a_whole_answer_has_what_bedrock_counted(
    name: str, path: str, body: dict[str, Any], records: Records
) -> None:
    response = ask(path, body, of_invoke(path, TEXT))
    assert response is not None
    assert response.status == 200
    (record,) = records()
    told = {key: record[key] for key in ("format", "route", "model", "stop_reason", "estimated")}
    assert told == {
        "format": name,
        "route": "/of/{it}",
        "model": "model-1",
        "stop_reason": "end_turn",
        "estimated": False,
    }
    counts = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "total_tokens")
    assert [record[count] for count in counts] == [3, 2, 4, 1, 10]
    assert record["caller"] == {"kind": "api_key", "id": "k1"}
    assert record["duration_ms"] >= record["time_to_first_token_ms"] >= 0
    assert "error" not in record
    assert "cost_usd" not in record
    assert SECRET not in json.dumps(record)


def test_record_of_an_answer_with_tools_and_reasoning_has_all_its_tokens(records: Records) -> None:
    for _, path, body in REQUESTS[:-1]:
        ask(path, body, TOOLS)
    found = records()
    assert {(each["output_tokens"], each["stop_reason"]) for each in found} == {(2, "tool_use")}
    assert len(found) == len(REQUESTS) - 1


@pytest.mark.parametrize(("name", "path", "body"), REQUESTS, ids=IDS)
def test_record_of_an_answer_that_is_cut_at_any_event_is_one_and_estimated(
    name: str, path: str, body: dict[str, Any], records: Records
) -> None:
    events = of_invoke(path, TEXT)
    for end in range(len(events) - 1):
        ask(path, body, events[:end])
        (record,) = records()
        assert record["format"] == name
        if record["estimated"]:
            assert record["estimated_by"]["output_tokens"] == "deltas"
            assert record["error"] == "stream_truncated"
            assert record["input_tokens"] > 0
            assert record["Errors"] == 1
        else:
            assert record["output_tokens"] == 2


@pytest.mark.parametrize(("name", "path", "body"), REQUESTS, ids=IDS)
@pytest.mark.parametrize("after", [0, 2])
def test_record_of_a_failure_within_the_stream_has_its_code(
    name: str, path: str, body: dict[str, Any], after: int, records: Records
) -> None:
    def events() -> Iterator[Mapping[str, Any]]:
        yield from of_invoke(path, TEXT)[:after]
        raise UpstreamError(ERRORS["modelStreamErrorException"])

    ask(path, body, events())
    (record,) = records()
    assert (record["format"], record["error"]) == (name, "modelStreamErrorException")
    assert SECRET not in json.dumps(record)


@pytest.mark.parametrize(
    ("error", "code"), [(StreamRejected("gone"), "stream_rejected"), (ZeroDivisionError(), "internal_error")]
)
def test_record_of_a_response_that_nobody_takes_is_written(
    error: Exception, code: str, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(response: CollectedResponse, data: bytes) -> None:
        raise error

    monkeypatch.setattr(CollectedResponse, "write", reject)
    assert ask("/chat", {"prompt": SECRET}) is None
    (record,) = records()
    assert (record["error"], record["estimated"], record["output_tokens"]) == (code, True, 1)


@pytest.mark.parametrize(
    ("path", "body", "code", "model"),
    [
        ("/chat", {"prompt": ""}, "empty_prompt", "-"),
        ("/chat", {"prompt": "x", "model": SECRET}, "model_not_found", "-"),
        ("/v1/chat/completions", {"messages": SECRET}, "invalid_type", "-"),
        ("/chat", {"prompt": "x", "serviceTier": {"type": "flex"}}, "not_allowed", "model-1"),
        ("/v1/responses/resp_1", {}, "response_not_found", "-"),
    ],
)
def test_record_of_a_refused_request_counts_nothing(
    path: str, body: dict[str, Any], code: str, model: str, records: Records
) -> None:
    ask(path, body)
    (record,) = records()
    assert (record["error"], record["model"], record["total_tokens"]) == (code, model, 0)
    assert record["estimated"] is False
    assert "time_to_first_token_ms" not in record
    assert SECRET not in json.dumps(record)


def test_record_of_a_request_that_bedrock_refuses_counts_nothing(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Throttled:
        def converse_stream(self, **_: object) -> dict[str, Any]:
            raise UpstreamError(ERRORS["ThrottlingException"])

    monkeypatch.setattr(handler, "BEDROCK", Throttled())
    response = handler.handler({"path": "/chat", "body": json.dumps({"prompt": SECRET})}, None)
    assert response.status == 429
    (record,) = records()
    assert (record["error"], record["total_tokens"], record["estimated"]) == ("throttled", 0, False)


def test_record_of_a_list_of_models_has_no_tokens(records: Records) -> None:
    ask("/v1/models", {})
    (record,) = records()
    assert (record["format"], record["total_tokens"], record["estimated"]) == ("models", 0, False)


def test_record_has_a_line_of_its_own_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    event = {"path": "/chat", "resource": "/é\n{x}", "body": json.dumps({"prompt": "x"})}
    handle(event)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isascii()
    assert json.loads(line)["route"] == "/é\n{x}"
