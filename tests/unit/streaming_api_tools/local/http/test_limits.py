from __future__ import annotations

import random

import pytest

from streaming_api_tools.local.http.limits import (
    FUNCTION_RATE,
    GATEWAY_RATE,
    NO_LIMITS,
    Bandwidth,
    Limits,
    Rate,
)

MB, MIB = 1_000_000, 1024 * 1024


class Clock:
    """A clock in the hands of the test."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(rate: Rate, total: int, piece: int = 65536) -> float:
    """Return the seconds that a response takes whose pieces wait as they are told to."""
    clock = Clock()
    bandwidth = Bandwidth(rate, clock)
    for offset in range(0, total, piece):
        clock.now += bandwidth.delay(min(piece, total - offset))
    return clock.now - 100


@pytest.mark.parametrize(
    ("rate", "total", "seconds"),
    [
        (GATEWAY_RATE, 10 * MB, 0),
        (GATEWAY_RATE, 30 * MB, 10),
        (FUNCTION_RATE, 6 * MIB, 0),
        (FUNCTION_RATE, 20 * MIB, 7),
    ],
)
def test_bandwidth_beyond_the_free_bytes_takes_the_rate(rate: Rate, total: int, seconds: float) -> None:
    assert taken(rate, total) == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize(("refills", "second"), [(True, 0.0), (False, 5.0)])
def test_bandwidth_only_a_bucket_refills_while_idle(refills: bool, second: float) -> None:
    clock = Clock()
    bandwidth = Bandwidth(Rate(10, 2, refills), clock)
    assert bandwidth.delay(10) == 0
    clock.now += 100
    assert bandwidth.delay(10) == second


@pytest.mark.parametrize("refills", [True, False])
def test_bandwidth_passes_what_has_no_delay_and_counts_nothing_else(refills: bool) -> None:
    chance, clock = random.Random(1), Clock()
    asked, told = (Bandwidth(Rate(100, 7, refills), clock) for _ in range(2))
    outcomes = set()
    for _ in range(500):
        clock.now += chance.choice([0, 1, 5, 50])
        size = chance.randint(1, 60)
        passed = asked.passes(size)
        delay = told.delay(size)
        assert passed == (delay == 0)
        if not passed:
            assert asked.delay(size) == pytest.approx(delay)
        outcomes.add(passed)
    assert outcomes == {True, False}


def test_limits_time_scale_shortens_every_limit() -> None:
    limits = Limits(time_scale=10)
    assert limits.idle("EDGE") == 3
    assert limits.idle("REGIONAL") == limits.idle("PRIVATE") == 30
    assert limits.timeout(900) == 90
    bandwidth = limits.bandwidth(Rate(0, 1000))
    assert limits.delay(bandwidth, 1000) == pytest.approx(0.1, abs=0.01)


def test_limits_none_has_no_timeout_and_no_delay() -> None:
    assert NO_LIMITS.idle("EDGE") is NO_LIMITS.timeout(29) is None
    assert NO_LIMITS.delay(NO_LIMITS.bandwidth(NO_LIMITS.gateway_rate), 10**9) == 0


def test_limits_rates_are_those_that_aws_documents() -> None:
    assert Rate(10_000_000, 2_000_000) == GATEWAY_RATE
    assert Rate(6 * 1024 * 1024, 2 * 1024 * 1024, refills=True) == FUNCTION_RATE
