"""The record of a request that the deadline or a cancel has ended."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from lambda_streaming import DeadlineExceeded, _answer
from lambda_streaming import _deadline as deadlines
from lambda_streaming._deadline import Deadline

from tests.support.signals import wait_for_alarm
from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import TEXT

CONTEXT = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 60_000)
EVENT = {"path": "/chat", "body": json.dumps({"prompt": "four and two are six"})}


@pytest.fixture
def record(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Return what reads the one record."""

    def read() -> dict[str, Any]:
        (line,) = capsys.readouterr().out.splitlines()
        return dict(json.loads(line))

    return read


def test_record_of_a_request_that_reaches_the_deadline_is_estimated(
    record: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def events() -> Iterator[Any]:
        yield from TEXT[:2]
        # the time is up now, on a busy machine as well
        passed.append(60)
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        wait_for_alarm()

    passed: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(passed))
    monkeypatch.setattr(deadlines, "time", clock)
    with pytest.raises(DeadlineExceeded):
        handle(EVENT, events(), CONTEXT)
    found = record()
    assert (found["request_id"], found["error"]) == ("r-1", "function_timeout")
    assert (found["output_tokens"], found["estimated_by"]["output_tokens"]) == (1, "deltas")
    # 20 bytes of text, and the names and values around them
    assert (found["input_tokens"], found["estimated_by"]["input_tokens"]) == (13, "size")


@pytest.mark.parametrize("after", [0, 3])
def test_record_of_a_cancelled_request_is_estimated(
    record: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    made: list[Deadline] = []

    class Noted(Deadline):
        def __init__(self, remaining: float | None, margin: float) -> None:
            # a busy machine may come to the alarm only after the usual quarter of a second for last words
            super().__init__(3600 if remaining else None, 60 * margin)
            made.append(self)

    def events() -> Iterator[Any]:
        yield from TEXT[:after]
        made[0].cancel()
        wait_for_alarm()

    monkeypatch.setattr(_answer, "Deadline", Noted)
    response = handle(EVENT, events(), CONTEXT)
    assert response.status == (200 if after else 409)
    found = record()
    assert found["error"] == "stream_cancelled"
    assert (found["output_tokens"], found["estimated"]) == (2 if after else 0, True)
