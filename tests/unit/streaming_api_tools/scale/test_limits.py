"""Hold the table of limits together, and what is asked for against it."""

from __future__ import annotations

import re

import pytest

from streaming_api_tools.doctor.quotas import STAGE_BURST, STAGE_RATE
from streaming_api_tools.scale.limits import DEFAULTS, LIMITS
from streaming_api_tools.scale.plan import Workload, ask, carried, order_of_breaking
from streaming_api_tools.scale.simulate import Capacity, Gate, Refill, simulate
from streaming_api_tools.scale.traffic import Lengths, arrivals

STREAMS = Workload(prompt=500, answer=600, silence=0.5, per_second=60, most=1024, units_of_stream=71.5)


def test_scale_every_gate_has_a_limit_and_every_limit_a_source() -> None:
    assert {limit.gate for limit in LIMITS if limit.gate} == set(Gate)
    for limit in LIMITS:
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+|constructs-access\.md", limit.source)


def test_scale_stage_is_the_default_of_the_constructs() -> None:
    assert DEFAULTS.stage == Refill(STAGE_RATE, STAGE_BURST)


# the digits of what a page says are those that are simulated
@pytest.mark.parametrize("limit", [limit for limit in LIMITS if limit.gate], ids=lambda limit: limit.name)
def test_scale_limit_as_told_is_the_limit_that_is_simulated(limit: object) -> None:
    told = [float(each.replace(",", "")) for each in re.findall(r"[\d,]*\d", limit.value)]  # type: ignore[attr-defined]
    alone: Capacity = limit.alone  # type: ignore[attr-defined]
    (simulated,) = (each for each in vars(alone).values() if each and not hasattr(each, "prompt"))
    values = [simulated.burst, simulated.rate] if isinstance(simulated, Refill) else [float(simulated)]
    assert values[0] in told
    # a second, every 10 seconds, a minute
    assert any(round(values[-1] * seconds) in told for seconds in (1, 10, 60))


@pytest.mark.parametrize(
    ("limit", "streams"),
    [
        (Capacity(stage=Refill(20, 40)), 210),
        (Capacity(account=Refill(10_000, 5_000)), 105_000),
        (Capacity(concurrency=7), 7),
        (Capacity(tokens=Refill(1100, 66_000)), 10.5),
        (Capacity(units=71.5), 10.5),
        (Capacity(scaling=Refill(100, 1000)), None),
    ],
)
def test_scale_limit_carries_as_many_streams(limit: Capacity, streams: float | None) -> None:
    assert carried(limit, STREAMS) == (None if streams is None else pytest.approx(streams))


def test_scale_what_is_asked_for_refuses_next_to_nothing() -> None:
    asked = STREAMS.applied(ask(STREAMS, 400, DEFAULTS))
    sent = arrivals(STREAMS.rate(400), 600, Lengths(STREAMS.seconds, 0.8), seed=4)
    assert simulate(sent, asked).refused_share <= 0.001


def test_scale_nothing_is_asked_for_that_is_there() -> None:
    assert ask(STREAMS, 10, DEFAULTS) == DEFAULTS


def test_scale_limits_break_one_after_the_other() -> None:
    now = STREAMS.applied(Capacity(stage=Refill(1, 2), concurrency=20, tokens=Refill(1e6, 6e7), units=1e6))
    asked = STREAMS.applied(ask(STREAMS, 40, now))
    sent = list(arrivals(STREAMS.rate(40), 300, Lengths(STREAMS.seconds, 0.8), seed=4))
    broken = order_of_breaking(sent, now, asked)
    assert [each.gate for each in broken] == [Gate.STAGE, Gate.CONCURRENCY]
    assert broken[0].share > broken[1].share > 0
    assert order_of_breaking(sent, asked, asked) == []
