"""Anthropic's events as a client gets them, and the message that they make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from chat.converse.model_call import ResponseMetadata
from chat.errors import UpstreamError
from chat.formats.claude.events import ERRORS
from lambda_streaming import Event, HTTPError

from tests.unit.lambda_src.chat.claude.asking import HI, TOOL, Refusal, chunk, read, whole

METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 2}}
START: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "id": "msg_bdrk_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1, "cache_read_input_tokens": 4},
    },
}
STOP = {"type": "message_stop"}


def block(index: int, begin: Mapping[str, object], *deltas: Mapping[str, object]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begin},
        *({"type": "content_block_delta", "index": index, "delta": each} for each in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def end(reason: str, **more: object) -> dict[str, Any]:
    delta = {"stop_reason": reason, "stop_sequence": None, **more}
    return {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2, "input_tokens": None}}


def text(piece: str) -> dict[str, str]:
    return {"type": "text_delta", "text": piece}


def piece(json_text: str) -> dict[str, str]:
    return {"type": "input_json_delta", "partial_json": json_text}


TEXT = block(0, {"type": "text", "text": ""}, text("He"), text("y"))
KINDS = [each["type"] for each in TEXT]
USE: dict[str, Any] = {"type": "tool_use", "id": "a", "name": "w", "input": {}}
THOUGHT = block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "h"},
    {"type": "thinking_delta", "thinking": "m"},
    {"type": "signature_delta", "signature": "sig"},
)


def items(events: Iterable[Any], **asked: Any) -> list[tuple[str | None, Any]]:  # noqa: ANN401
    """Return name and data of each event of a stream."""
    response: Any = whole(events, stream=True, **asked)
    return [(each.event, each.data) for each in response.body if isinstance(each, Event)]


def until_failure(chunks: Iterable[Any], **asked: Any) -> tuple[list[Any], HTTPError, list[HTTPError]]:  # noqa: ANN401
    """Return the events before the error, the error, and what was told of it."""
    call, _ = read(stream=True, **asked)
    told: list[HTTPError] = []
    response: Any = call.respond(call.check(chunks, told.append), ResponseMetadata("r-1", "model-1", 7))
    seen: list[Any] = []

    def read_on() -> None:
        seen.extend(item.data["type"] for item in response.body)

    with pytest.raises(HTTPError) as caught:
        read_on()
    return seen, caught.value, told


def test_claude_events_pass_as_they_are_without_bedrocks_members() -> None:
    extra = {"type": "of_the_future", "x": {"amazon-bedrock-x": 1}}
    seen = items([START, *TEXT, extra, end("end_turn"), {**STOP, **METRICS}])
    named = {**START, "message": {**START["message"], "model": "model-1"}}
    assert [data for _, data in seen] == [named, *TEXT, extra, end("end_turn"), STOP]
    assert all(name == data["type"] for name, data in seen)


def test_claude_events_metrics_without_a_type_and_pings_are_left_out() -> None:
    ping = {"type": "ping"}
    seen = items([START, ping, *TEXT, METRICS, end("end_turn"), ping, STOP, METRICS])
    assert [name for name, _ in seen] == ["message_start", *KINDS, "message_delta", "message_stop"]


def test_claude_events_stop_sequence_reaches_the_client() -> None:
    ended = end("stop_sequence", stop_sequence="END")
    assert items([START, *TEXT, ended, STOP])[-2][1] == ended
    assert whole([START, *TEXT, ended, STOP]).body["stop_sequence"] == "END"  # type: ignore[index,call-overload]


def test_claude_events_intervention_of_a_guardrail_is_a_refusal() -> None:
    last = {**STOP, **METRICS, "amazon-bedrock-guardrailAction": "INTERVENED"}
    assert items([START, *TEXT, end("end_turn"), last])[-2][1]["delta"]["stop_reason"] == "refusal"
    passed = {**last, "amazon-bedrock-guardrailAction": "NONE"}
    assert items([START, *TEXT, end("end_turn"), passed])[-2][1]["delta"]["stop_reason"] == "end_turn"


def test_claude_events_name_of_a_tool_is_the_callers() -> None:
    tools = [{**TOOL, "name": "mcp.w"}]
    call, _ = read(tools=tools)
    alias = call.native["tools"][0]["name"]
    use = block(0, {"type": "tool_use", "id": "t", "name": alias, "input": {}})
    assert items([START, *use, end("tool_use"), STOP], tools=tools)[1][1]["content_block"]["name"] == "mcp.w"
    answer: Any = whole([START, *use, end("tool_use"), STOP], tools=tools).body
    assert answer["content"] == [{"type": "tool_use", "id": "t", "name": "mcp.w", "input": {}}]


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([START, *TEXT], ["message_start", *KINDS]),
        ([START, *TEXT, end("end_turn")], ["message_start", *KINDS]),
        ([START], []),
        ([], []),
    ],
)
def test_claude_events_stream_without_its_end_is_an_error(events: list[Any], shown: list[str]) -> None:
    seen, error, told = until_failure(map(chunk, events))
    assert (seen, error.status, error.code) == (shown, 502, "stream_truncated")
    assert told == [error]


@pytest.mark.parametrize("kind", [*ERRORS, "of_the_future"])
def test_claude_events_error_event_of_the_model_is_an_error(kind: str) -> None:
    failure = {"type": "error", "error": {"type": kind, "message": "arn:aws:x"}}
    seen, error, told = until_failure(map(chunk, [START, *TEXT, failure]))
    assert seen[-1] == "content_block_stop"
    assert (told, isinstance(error, UpstreamError), "arn" in error.message) == ([error], True, False)


@pytest.mark.parametrize("before", [[START], [START, *TEXT], [START, *TEXT, end("end_turn"), STOP]])
def test_claude_events_exception_in_the_stream_precedes_the_terminal_event(before: list[Any]) -> None:
    def chunks() -> Iterator[Any]:
        yield from map(chunk, before)
        raise Refusal("x", "throttlingException")

    seen, error, told = until_failure(chunks())
    assert ("message_stop" in seen, "message_delta" in seen, error.status) == (False, False, 429)
    assert (bool(seen), told) == (len(before) > 1, [error])


@pytest.mark.parametrize("data", [b"{", b"[1]", b"7", b""])
def test_claude_events_chunk_that_is_no_event_never_makes_a_whole_answer(data: bytes) -> None:
    _, error, _ = until_failure([chunk(START), {"chunk": {"bytes": data}}, *map(chunk, TEXT)])
    assert error.status == 502


def test_claude_message_is_made_of_the_events() -> None:
    cited = {"type": "char_location", "cited_text": "x"}
    events = [
        START,
        *THOUGHT,
        *block(1, {"type": "redacted_thinking", "data": "AAAA"}),
        *block(2, {"type": "text", "text": ""}, text("Hi"), {"type": "citations_delta", "citation": cited}),
        *block(3, USE, piece(""), piece('{"city":'), piece('"Bonn"}')),
        *block(4, {**USE, "id": "b"}),
        {**end("tool_use"), "context_management": {"applied_edits": []}},
        {**STOP, **METRICS},
    ]
    assert whole(events, tools=[TOOL]).body == {
        **START["message"],
        "model": "model-1",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "AAAA"},
            {"type": "text", "text": "Hi", "citations": [cited]},
            {"type": "tool_use", "id": "a", "name": "w", "input": {"city": "Bonn"}},
            {"type": "tool_use", "id": "b", "name": "w", "input": {}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 4},
        "context_management": {"applied_edits": []},
    }


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "tool_use"])
def test_claude_message_call_that_was_cut_is_there_and_a_malformed_one_an_error(reason: str) -> None:
    events = [START, *block(0, USE, piece('{"ci')), end(reason), STOP]
    if reason == "tool_use":
        with pytest.raises(UpstreamError) as caught:
            whole(events)
        assert caught.value.code == "malformed_output"
        return
    answer: Any = whole(events).body
    assert (answer["stop_reason"], answer["content"]) == (reason, [USE])


def test_claude_message_is_json_of_a_response_with_status_200() -> None:
    response = whole([START, *TEXT, end("end_turn"), STOP], messages=HI)
    assert response.status == 200
    assert json.dumps(response.body)
