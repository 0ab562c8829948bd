"""A stream of ConverseStream events, whole and broken, in each format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from botocore.exceptions import EventStreamError
from chat.converse import ConverseEvent, arguments, checked
from chat.errors import UpstreamError
from chat.formats import write_sse, write_text
from chat.request import ChatRequest
from lambda_streaming import Event

WHOLE: list[ConverseEvent] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hel"}}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "lo"}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {
        "metadata": {
            "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
            "metrics": {"latencyMs": 9},
        }
    },
]


def failing(events: Iterable[ConverseEvent], error: Exception) -> Iterator[ConverseEvent]:
    yield from events
    raise error


def test_only_what_the_caller_gave_is_sent_to_the_model() -> None:
    assert arguments(ChatRequest("Hi"), "model") == {
        "modelId": "model",
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
    }


def test_given_inference_parameters_are_sent_to_the_model() -> None:
    sent = arguments(ChatRequest("Hi", inference_config={"temperature": 0}), "model")
    assert sent["inferenceConfig"] == {"temperature": 0}


def test_sse_has_the_text_piece_by_piece_and_then_usage_and_stop_reason() -> None:
    *deltas, done = write_sse(checked(WHOLE))
    assert deltas == [{"text": "Hel"}, {"text": "lo"}]
    assert isinstance(done, Event)
    assert done.event == "done"
    assert done.data == {
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    }


def test_text_has_the_text_alone() -> None:
    assert list(write_text(checked(WHOLE))) == ["Hel", "lo"]


@pytest.mark.parametrize("write", [write_sse, write_text])
def test_a_stream_that_ends_without_its_stop_event_is_an_error(write: object) -> None:
    written: list[object] = []
    with pytest.raises(UpstreamError) as caught:
        written.extend(write(checked(WHOLE[:4])))  # type: ignore[operator]
    assert caught.value.code == "stream_truncated"


def test_nothing_that_looks_like_the_end_comes_before_an_error() -> None:
    error = EventStreamError(
        {"Error": {"Code": "modelStreamErrorException", "Message": ""}}, "ConverseStream"
    )
    written: list[object] = []
    with pytest.raises(UpstreamError):
        written.extend(write_sse(checked(failing(WHOLE[:6], error))))
    assert written == [{"text": "Hel"}, {"text": "lo"}]


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_output_that_cannot_be_used_is_an_error(reason: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        list(checked([{"messageStop": {"stopReason": reason}}]))
    assert caught.value.code == "malformed_output"


def test_the_cause_of_an_error_is_kept_for_the_log() -> None:
    cause = ConnectionResetError("secret")
    with pytest.raises(UpstreamError) as caught:
        list(checked(failing([], cause)))
    assert caught.value.__cause__ is cause
    assert "secret" not in caught.value.message
