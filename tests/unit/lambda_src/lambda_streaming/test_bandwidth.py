"""The brake of a producer that is ahead of Lambda's bandwidth, against a clock of the test."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from lambda_streaming import _bandwidth
from lambda_streaming._bandwidth import Brake
from lambda_streaming._deadline import Interruption

MB = 1024 * 1024


class Clock:
    """A clock that goes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Time:
    """A deadline on such a clock."""

    def __init__(self, clock: Clock, at: float) -> None:
        self.margin = 1.0
        self._clock, self._at = clock, at

    @property
    def left(self) -> float:
        return self._at - self._clock.now

    def check(self) -> None:
        if self.left <= 0:
            raise Interruption


@pytest.fixture(name="clock")
def clock_of_the_module(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock of the test into the module."""
    clock = Clock()
    monkeypatch.setattr(_bandwidth, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=clock.sleep))
    return clock


@pytest.mark.parametrize(("backlog", "left", "waits"), [(3 * MB, 1.1, False), (3 * MB, 0.9, True)])
def test_brake_interrupts_a_backlog_that_needs_more_time_than_is_left(
    clock: Clock, backlog: int, left: float, waits: bool
) -> None:
    def hold() -> None:
        Brake(2 * MB).hold(backlog, 9 * MB, Time(clock, left))  # type: ignore[arg-type]

    if waits:
        with pytest.raises(Interruption):
            hold()
    else:
        hold()
    assert (clock.now > 0) is waits


def test_brake_lets_go_of_a_connection_that_is_faster_than_documented(clock: Clock) -> None:
    brake, deadline = Brake(2 * MB), Time(clock, 2)
    sent = 16 * MB
    brake.hold(1 * MB, sent, deadline)  # type: ignore[arg-type]
    clock.now = 0.5
    # More than every buffer holds has gone within half a second.
    brake.hold(20 * MB, sent + 40 * MB, deadline)  # type: ignore[arg-type]
    assert clock.now == 0.5


def test_brake_does_not_take_buffers_that_fill_for_speed(clock: Clock) -> None:
    brake, deadline = Brake(2 * MB), Time(clock, 2)
    brake.hold(1 * MB, 7 * MB, deadline)  # type: ignore[arg-type]
    clock.now = 0.5
    with pytest.raises(Interruption):
        brake.hold(8 * MB, 15 * MB, deadline)  # type: ignore[arg-type]
