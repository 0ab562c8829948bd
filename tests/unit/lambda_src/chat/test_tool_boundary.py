"""The moment at which a kept stream is written at once: when the call of a tool is whole, and sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import lambda_streaming
import pytest
from chat.converse.stream import checked
from chat.formats.claude.events import checked_events

CONVERSE: list[dict[str, Any]] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "I look"}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "n"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{}"}}}},
    {"contentBlockStop": {"contentBlockIndex": 1}},
    {"messageStop": {"stopReason": "tool_use"}},
]
CLAUDE: list[dict[str, Any]] = [
    {"type": "message_start", "message": {}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "n"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    {"type": "message_stop"},
]


def chunks(events: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Return events as InvokeModelWithResponseStream has them."""
    return ({"chunk": {"bytes": json.dumps(event).encode()}} for event in events)


@pytest.mark.parametrize(
    ("read", "events", "last"),
    [
        (checked, CONVERSE, {"contentBlockStop": {"contentBlockIndex": 1}}),
        (lambda events: checked_events(chunks(events)), CLAUDE, {"type": "content_block_stop", "index": 1}),
    ],
    ids=["converse", "claude"],
)
def test_call_of_a_tool_is_kept_once_it_is_sent_and_before_anything_else_is(
    read: Callable[[Any], Iterator[Any]],
    events: list[Any],
    last: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[object] = []
    kept: list[object] = []
    monkeypatch.setattr(lambda_streaming, "keep_now", lambda: kept.append(sent[-1]), raising=False)
    for event in read(events):
        sent.append(event)
    assert kept == [last]
