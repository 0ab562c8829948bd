"""A stream of Bedrock that is whole, and one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat.converse.content_blocks import (
    BlockDelta,
    BlockStart,
    BlockStop,
    MessageStop,
    ReasoningStart,
    TextDelta,
    TextStart,
    ToolStart,
    content_blocks,
)
from chat.converse.stream import checked, checked_chunks
from chat.errors import UpstreamError

from tests.unit.lambda_src.chat.streams import START, TEXT, TOOLS, delta, end, failing, stop

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

CHUNK = {"chunk": {"bytes": b'{"generation":"x"}'}}
LAST = {"chunk": {"bytes": b'{"stop_reason":"stop","amazon-bedrock-invocationMetrics":{}}'}}


def test_converse_stream_complete_passes() -> None:
    assert list(checked(TEXT)) == TEXT


def test_converse_stream_without_message_stop_is_an_error() -> None:
    with pytest.raises(UpstreamError) as caught:
        list(checked(TEXT[:4]))
    assert caught.value.code == "stream_truncated"


def test_converse_stream_first_event_waits_for_the_second() -> None:
    with pytest.raises(UpstreamError):
        next(checked(failing([START], ConnectionResetError())))


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_converse_stream_malformed_output_stop_reason_is_an_error(reason: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        list(checked([end(reason)]))
    assert caught.value.code == "malformed_output"


def test_converse_stream_error_keeps_its_cause_for_the_log() -> None:
    cause = ConnectionResetError("secret")
    with pytest.raises(UpstreamError) as caught:
        list(checked(failing([], cause)))
    assert caught.value.__cause__ is cause
    assert "secret" not in caught.value.message


def test_native_stream_chunks_end_with_invocation_metrics() -> None:
    assert list(checked_chunks([CHUNK, LAST])) == [CHUNK, LAST]
    with pytest.raises(UpstreamError) as caught:
        list(checked_chunks([CHUNK]))
    assert caught.value.code == "stream_truncated"


@pytest.mark.parametrize(
    "last",
    [
        ['{"type":"message_delta","delta":{"stop_reason":"end_turn"}}', '{"type":"message_stop"}'],
        ['{"messageStop":{"stopReason":"end_turn"}}', '{"metadata":{}}'],
        ['{"outputText":"","completionReason":"FINISH"}'],
        ['{"choices":[{"delta":{},"finish_reason":"stop"}]}', '{"choices":[],"usage":{}}', '"[DONE]"'],
    ],
)
def test_native_stream_with_stop_reason_is_complete_without_metrics(last: list[str]) -> None:
    chunks = [CHUNK, *({"chunk": {"bytes": each.encode()}} for each in last)]
    assert list(checked_chunks(chunks)) == chunks


@pytest.mark.parametrize(
    "last",
    ['{"type":"message_start","message":{"stop_reason":null}}', '{"text":"stop_reason"}', "x", "[" * 9999],
)
def test_native_stream_without_stop_reason_is_an_error(last: str) -> None:
    with pytest.raises(UpstreamError):
        list(checked_chunks([CHUNK, {"chunk": {"bytes": last.encode()}}]))


def test_content_blocks_text_starts_with_first_delta_and_indices_are_in_order() -> None:
    starts = [part for part in content_blocks(TOOLS) if isinstance(part, BlockStart)]
    assert [(type(start), start.index) for start in starts] == [
        (ReasoningStart, 0),
        (TextStart, 1),
        (ToolStart, 2),
    ]
    stops = [part.start for part in content_blocks(TOOLS) if isinstance(part, BlockStop)]
    assert [(type(start), start.index) for start in stops] == [(type(each), each.index) for each in starts]


def test_server_tool_use_blocks_are_skipped_without_index_gap() -> None:
    server = {"toolUseId": "s", "name": "search", "type": "server_tool_use"}
    events = [
        delta(0, text="a"),
        stop(0),
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": server}}},
        delta(1, toolUse={"input": "{}"}),
        stop(1),
        delta(2, image={"error": {"message": "m"}}),
        delta(3, text="b"),
        end("end_turn"),
    ]
    parts = content_blocks(events)
    deltas = [(part.index, part.text) for part in parts if isinstance(part, BlockDelta)]
    assert deltas == [(0, "a"), (1, "b")]


def test_content_blocks_block_left_open_by_bedrock_is_closed() -> None:
    parts = content_blocks([delta(0, text="a"), delta(1, text="b"), end("end_turn")])
    block = [TextStart, TextDelta]
    assert [type(part) for part in parts] == [*block, *block, BlockStop, BlockStop, MessageStop]


def test_converse_interleaved_blocks_lose_nothing() -> None:
    def start(index: int, name: str) -> ConverseEvent:
        tool = {"toolUse": {"toolUseId": name, "name": name}}
        return {"contentBlockStart": {"contentBlockIndex": index, "start": tool}}

    events = [
        start(0, "a"),
        start(1, "b"),
        delta(0, toolUse={"input": "1"}),
        delta(1, toolUse={"input": "2"}),
        delta(2, text="x"),
        delta(0, toolUse={"input": "3"}),
        stop(1),
        delta(2, text="y"),
        stop(0),
        end("tool_use"),
    ]
    texts: dict[int, str] = {}
    stops = []
    for part in content_blocks(events):
        if isinstance(part, BlockDelta):
            texts[part.index] = texts.get(part.index, "") + part.text
        elif isinstance(part, BlockStop):
            stops.append(part.start.index)
    assert texts == {0: "13", 1: "2", 2: "xy"}
    assert stops == [1, 0, 2]
