"""What a call used, by the events of every API of Bedrock, cut anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pytest
from chat.converse.meter import Meter
from chat.usage.counts import Usage, usage_of

from tests.unit.lambda_src.chat.streams import TEXT

METRICS = {
    "inputTokenCount": 3,
    "outputTokenCount": 2,
    "cacheReadInputTokenCount": 4,
    "cacheWriteInputTokenCount": 1,
}
CLAUDE: list[dict[str, object]] = [
    {
        "type": "message_start",
        "message": {
            "usage": {
                "input_tokens": 3,
                "output_tokens": 1,
                "cache_read_input_tokens": 4,
                "cache_creation_input_tokens": 1,
            }
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
RESPONSES: list[dict[str, object]] = [
    {"type": "response.created", "response": {"usage": None}},
    {"type": "response.output_item.added", "item": {}},
    {"type": "response.output_text.delta", "delta": "Hel"},
    {"type": "response.output_text.delta", "delta": "lo"},
    {"type": "response.output_text.done", "text": "Hello"},
    {
        "type": "response.completed",
        "response": {
            "usage": {
                "input_tokens": 8,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
                "output_tokens": 2,
                "output_tokens_details": {"reasoning_tokens": 1},
                "total_tokens": 10,
            }
        },
    },
]
CHAT: list[dict[str, object]] = [
    {"choices": [{"index": 0, "delta": {"content": "Hel"}}]},
    {"choices": [{"index": 0, "delta": {"content": "lo"}}]},
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 8,
            "completion_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
        },
    },
]
NOVA: list[dict[str, object]] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {
        "metadata": {"usage": {"inputTokens": 3, "outputTokens": 2}},
        "amazon-bedrock-invocationMetrics": METRICS,
    },
]
LLAMA: list[dict[str, object]] = [
    {"generation": "Hel", "prompt_token_count": 3, "generation_token_count": 1, "stop_reason": None},
    {"generation": "lo", "stop_reason": "stop", "amazon-bedrock-invocationMetrics": METRICS},
]


def chunked(events: Iterable[Mapping[str, object]]) -> list[object]:
    return [{"chunk": {"bytes": json.dumps(event).encode()}} for event in events]


STREAMS: dict[str, list[object]] = {
    "converse": list(TEXT),
    "claude": chunked(CLAUDE),
    "responses": chunked(RESPONSES),
    "chat": chunked(CHAT),
    "nova": chunked(NOVA),
    "llama": chunked(LLAMA),
}


def metered(events: list[object]) -> Meter:
    meter = Meter()
    meter.asked = True
    assert list(meter.observed(events)) == events
    return meter


def counted(usage: Usage) -> tuple[int, int, int, int, int]:
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.total_tokens,
    )


@pytest.mark.parametrize("name", STREAMS)
def test_usage_of_a_whole_stream_is_what_bedrock_told(name: str) -> None:
    usage = usage_of(metered(STREAMS[name]))
    assert counted(usage) == (3, 2, 4, 1, 10)
    assert usage.estimated == {}
    assert usage.reasoning_tokens == (1 if name == "responses" else None)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("noise", [0, 40])
def test_usage_of_a_stream_cut_at_any_event_is_told_or_estimated(name: str, noise: int) -> None:
    events = STREAMS[name]
    deltas = [number for number, event in enumerate(events) if metered([event]).deltas]
    # more of the same in the middle, so that what is kept is not all of them
    events = [*events[: deltas[0]], *[events[deltas[0]]] * noise, *events[deltas[0] :]]
    for end in range(len(events)):
        seen = events[:end]
        usage = usage_of(metered(seen), lambda: (7, "size"))
        if not usage.estimated:  # the last events say nothing more
            assert counted(usage) == (3, 2, 4, 1, 10)
            continue
        assert usage.estimated["output_tokens"] == "deltas"
        assert usage.output_tokens == sum(metered([event]).deltas for event in seen)
        told = name == "claude" and end > 0
        assert usage.input_tokens == (3 if told else 7)
        assert usage.cache_read_tokens == (4 if told else 0)
        assert ("input_tokens" in usage.estimated) is not told


def test_usage_of_a_call_that_never_was_is_nothing() -> None:
    usage = usage_of(Meter(), lambda: (7, "size"))
    assert counted(usage) == (0, 0, 0, 0, 0)
    assert usage.estimated == {}


def test_usage_has_the_writes_that_are_kept_for_an_hour() -> None:
    members = {"inputTokens": 1, "outputTokens": 1, "cacheWriteInputTokens": 9}
    details = [{"ttl": "5m", "inputTokens": 4}, {"ttl": "1h", "inputTokens": 5}]
    converse = usage_of(metered([{"metadata": {"usage": {**members, "cacheDetails": details}}}]))
    assert (converse.cache_write_tokens, converse.cache_write_1h_tokens) == (9, 5)
    creation = {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5}
    written = {"cache_creation_input_tokens": 9, "cache_creation": creation}
    claude = usage_of(metered(chunked([{"type": "message_start", "message": {"usage": written}}])))
    assert (claude.cache_write_tokens, claude.cache_write_1h_tokens) == (9, 5)


def test_usage_has_the_iteration_of_a_compaction_as_well() -> None:
    iterations = [
        {"type": "compaction", "input_tokens": 180, "output_tokens": 35},
        {"type": "message", "input_tokens": 23, "output_tokens": 10},
    ]
    told = {"input_tokens": 23, "output_tokens": 10, "iterations": iterations}
    usage = usage_of(metered(chunked([{"type": "message_delta", "usage": told}])))
    assert (usage.input_tokens, usage.output_tokens) == (203, 45)


@pytest.mark.parametrize("tokens", ["3", -1, True, None, 1.5, [], {}])
def test_usage_of_another_form_counts_nothing(tokens: object) -> None:
    told: list[object] = [{"metadata": {"usage": {"inputTokens": tokens}}}]
    assert counted(usage_of(metered(told))) == (0, 0, 0, 0, 0)


def test_meter_tells_when_the_first_and_the_last_piece_came() -> None:
    moments = iter([1.0, 1.5, 99.0])
    meter = Meter(lambda: next(moments))
    for event in TEXT:
        meter.observe(event)
    assert (meter.deltas, meter.first_at, meter.last_at) == (2, 1.0, 1.5)


def test_meter_keeps_few_events_of_a_long_stream_and_the_guardrails() -> None:
    meter = Meter()
    flagged = {"chunk": {"bytes": b'{"amazon-bedrock-guardrailAction":"INTERVENED"}'}}
    piece = {"chunk": {"bytes": b'{"type":"content_block_delta"}'}}
    for event in [piece, piece, flagged, *[piece] * 1000]:
        meter.observe(event)
    assert flagged in meter.kept
    assert len(meter.kept) < 16
