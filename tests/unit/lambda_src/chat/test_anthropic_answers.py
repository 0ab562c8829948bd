"""Anthropic's Messages: golden answers."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EventStreamError
from chat.formats.anthropic import translate_error
from lambda_streaming import Event, HTTPError

from tests.unit.lambda_src.chat.streams import (
    METADATA,
    START,
    TEXT,
    TOOLS,
    call,
    delta,
    end,
    failing,
    items,
    items_before_failure,
    respond,
    stop,
)

PATH = "/v1/messages"
HI = {"model": "model-1", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**HI, "stream": True}
USAGE = {
    "input_tokens": 3,
    "output_tokens": 2,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 1,
}
NONE_YET = dict.fromkeys(USAGE, 0)
MESSAGE: dict[str, object] = {
    "id": "msg_r-1",
    "type": "message",
    "role": "assistant",
    "model": "model-1",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": NONE_YET,
}


def data(items: list[object]) -> list[object]:
    events = [item for item in items if isinstance(item, Event)]
    assert len(events) == len(items)
    assert [event.event for event in events] == [event.data["type"] for event in events]  # type: ignore[index]
    return [event.data for event in events]


def blocks(*blocks: object, role: str = "user") -> list[object]:
    """Return the content blocks that Bedrock is sent for some of Anthropic's."""
    body = {**HI, "messages": [{"role": role, "content": list(blocks)}], "tools": [{"name": "f"}]}
    (message,) = call(PATH, body).members["messages"]
    return list(message["content"])


def test_chat_anthropic_stream_has_message_events() -> None:
    assert data(items(call(PATH, STREAM), TEXT)) == [
        {"type": "message_start", "message": MESSAGE},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": USAGE,
        },
        {"type": "message_stop"},
    ]


def test_chat_anthropic_stream_thinking_and_tool_use_are_separate_blocks() -> None:
    written = data(items(call(PATH, STREAM), TOOLS))
    assert [each["content_block"] for each in written if each["type"] == "content_block_start"] == [  # type: ignore[index]
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "t-1", "name": "weather", "input": {}},
    ]
    assert [each["delta"] for each in written if each["type"] == "content_block_delta"] == [  # type: ignore[index]
        {"type": "thinking_delta", "thinking": "hm"},
        {"type": "signature_delta", "signature": "sig"},
        {"type": "text_delta", "text": "Let me see"},
        {"type": "input_json_delta", "partial_json": '{"city":'},
        {"type": "input_json_delta", "partial_json": '"Bonn"}'},
    ]


def test_chat_anthropic_redacted_thinking_is_whole_in_content_block_start() -> None:
    events = [
        START,
        delta(0, reasoningContent={"redactedContent": b"\xff"}),
        stop(0),
        end("end_turn"),
        METADATA,
    ]
    assert data(items(call(PATH, STREAM), events))[1:3] == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "redacted_thinking", "data": "/w=="},
        },
        {"type": "content_block_stop", "index": 0},
    ]
    body = respond(call(PATH, HI), events).body
    assert body["content"] == [{"type": "redacted_thinking", "data": "/w=="}]  # type: ignore[call-overload,index]


def test_chat_anthropic_without_stream_response_is_one_message() -> None:
    assert respond(call(PATH, HI), TOOLS).body == {
        **MESSAGE,
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "text", "text": "Let me see"},
            {"type": "tool_use", "id": "t-1", "name": "weather", "input": {"city": "Bonn"}},
        ],
        "stop_reason": "tool_use",
        "usage": USAGE,
    }


def test_chat_anthropic_response_cut_within_tool_input_is_an_error() -> None:
    with pytest.raises(HTTPError) as caught:
        respond(call(PATH, HI), [*TOOLS[:8], *TOOLS[9:]])
    assert caught.value.code == "malformed_output"


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
def test_chat_anthropic_answer_cut_within_tool_input_keeps_the_rest(reason: str) -> None:
    events = [*TOOLS[:8], stop(2), end(reason), METADATA]
    body: dict[str, Any] = respond(call(PATH, HI), events).body  # type: ignore[assignment]
    assert body["stop_reason"] == reason
    assert body["content"][-1] == {"type": "tool_use", "id": "t-1", "name": "weather", "input": {}}
    assert body["content"][1] == {"type": "text", "text": "Let me see"}


@pytest.mark.parametrize(
    ("fields", "sequence"), [({"stop_sequence": "END"}, "END"), ({"stop_sequence": None}, None), ([], None)]
)
def test_chat_anthropic_stop_sequence_is_the_one_named_by_the_model(
    fields: object, sequence: str | None
) -> None:
    last = {"stopReason": "stop_sequence", "additionalModelResponseFields": fields}
    events = [*TEXT[:4], {"messageStop": last}, METADATA]
    body: dict[str, Any] = respond(call(PATH, HI), events).body  # type: ignore[assignment]
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", sequence)
    *_, message_delta, _ = items(call(PATH, STREAM), events)
    assert message_delta.data["delta"]["stop_sequence"] == sequence  # type: ignore[attr-defined]


@pytest.mark.parametrize("cut", range(1, len(TOOLS) - 2))
def test_chat_anthropic_broken_stream_has_no_message_stop(cut: int) -> None:
    error = EventStreamError({"Error": {"Code": "throttlingException", "Message": ""}}, "ConverseStream")
    written = data(items_before_failure(call(PATH, STREAM), failing(TOOLS[:cut], error)))
    assert not {"message_delta", "message_stop"} & {each["type"] for each in written}  # type: ignore[index]


def test_chat_anthropic_overloaded_service_is_status_529() -> None:
    error = HTTPError(503, "later")
    translate_error(error)
    assert (error.status, error.type) == (529, "overloaded_error")


CITED = {"title": "My pdf", "source": "s", "sourceContent": [{"text": "The "}, {"text": "grass"}]}
TEXT_OF = {"cited_text": "The grass"}
DOCUMENT = {**TEXT_OF, "document_index": 1, "document_title": "My pdf", "file_id": None}


@pytest.mark.parametrize(
    ("location", "citation"),
    [
        (
            {"documentChar": {"documentIndex": 1, "start": 2, "end": 3}},
            {"type": "char_location", "start_char_index": 2, "end_char_index": 3, **DOCUMENT},
        ),
        (
            {"documentPage": {"documentIndex": 1, "start": 2, "end": 3}},
            {"type": "page_location", "start_page_number": 2, "end_page_number": 3, **DOCUMENT},
        ),
        (
            {"documentChunk": {"documentIndex": 1, "start": 2, "end": 3}},
            {"type": "content_block_location", "start_block_index": 2, "end_block_index": 3, **DOCUMENT},
        ),
        (
            {"searchResultLocation": {"searchResultIndex": 1, "start": 2, "end": 3}},
            {
                "type": "search_result_location",
                "start_block_index": 2,
                "end_block_index": 3,
                "search_result_index": 1,
                "source": "s",
                "title": "My pdf",
                **TEXT_OF,
            },
        ),
        ({"web": {"url": "https://example.com"}}, None),
        ({"somethingNew": {}}, None),
        (None, None),
    ],
)
def test_chat_anthropic_citation_has_the_form_of_anthropic(location: object, citation: object) -> None:
    said = {**CITED, **({"location": location} if location else {})}
    events = [START, delta(0, text="Green"), delta(0, citation=said), *TEXT[3:]]
    whole: dict[str, Any] = respond(call(PATH, HI), events).body  # type: ignore[assignment]
    (block,) = whole["content"]
    assert block.get("citations") == ([citation] if citation else None)
    written = [item["delta"] for item in data(items(call(PATH, STREAM), events)) if "delta" in item]  # type: ignore[operator,index]
    cited = [each["citation"] for each in written if each.get("type") == "citations_delta"]
    assert cited == ([citation] if citation else [])
