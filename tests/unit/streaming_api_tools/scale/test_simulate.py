"""Let requests meet one limit at a time."""

from __future__ import annotations

import random
import statistics

import pytest

from streaming_api_tools.scale.simulate import Capacity, Gate, ModelTokens, Refill, simulate
from streaming_api_tools.scale.traffic import Arrival, Lengths, arrivals

AT_ONCE = [Arrival(0.0, 5.0)] * 4


@pytest.mark.parametrize(
    ("capacity", "gate", "refused"),
    [
        (Capacity(stage=Refill(1, 3)), Gate.STAGE, 1),
        (Capacity(account=Refill(1, 2)), Gate.ACCOUNT, 2),
        (Capacity(concurrency=1), Gate.CONCURRENCY, 3),
        (Capacity(scaling=Refill(1, 3)), Gate.SCALING, 1),
        (Capacity(tokens=Refill(1, 250), counted=ModelTokens(40, 60, 10)), Gate.TOKENS, 2),
        (Capacity(units=21, units_of_stream=7), Gate.TABLE, 1),
    ],
    ids=lambda each: each.name if isinstance(each, Gate) else "",
)
def test_scale_each_limit_refuses_what_is_above_it(capacity: Capacity, gate: Gate, refused: int) -> None:
    outcome = simulate(AT_ONCE, capacity)
    assert outcome.refused == {gate: refused}
    assert outcome.share(gate) == refused / 4
    assert outcome.first == {gate: 0.0}


def test_scale_without_limits_nothing_is_refused() -> None:
    outcome = simulate(AT_ONCE, Capacity())
    assert (outcome.refused_share, outcome.peak, outcome.asked) == (0.0, 4, 4)


def test_scale_stream_that_is_not_kept_runs_and_is_not_refused() -> None:
    outcome = simulate(AT_ONCE, Capacity(units=7, units_of_stream=7))
    assert (outcome.refused_share, outcome.peak) == (0.0, 4)


def test_scale_environment_that_is_free_is_used_again() -> None:
    one_after_the_other = [Arrival(float(second), 0.5) for second in range(9)]
    assert not simulate(one_after_the_other, Capacity(scaling=Refill(0, 1))).refused


def test_scale_tokens_that_an_answer_did_not_need_come_back_at_its_end() -> None:
    capacity = Capacity(tokens=Refill(0, 100), counted=ModelTokens(0, 100, 10))
    # 100 are taken and 50 given back, which is too few for a third
    assert simulate([Arrival(0, 5), Arrival(4, 5)], capacity).refused == {Gate.TOKENS: 1}
    capacity = Capacity(tokens=Refill(0, 150), counted=ModelTokens(0, 100, 10))
    assert not simulate([Arrival(0, 5), Arrival(6, 5)], capacity).refused


def test_scale_running_streams_are_told_at_the_end_of_each_second() -> None:
    outcome = simulate([Arrival(0.2, 2.0), Arrival(0.4, 1.0), Arrival(4.5, 1.0)], Capacity())
    assert outcome.running == [2, 1, 0, 0]


def test_scale_lengths_have_the_mean_and_the_variation() -> None:
    dice = random.Random(3)
    drawn = [Lengths(10.5, 0.8).draw(dice) for _ in range(20_000)]
    mean = statistics.mean(drawn)
    # 4 standard errors of the mean
    assert mean == pytest.approx(10.5, abs=4 * 10.5 * 0.8 / 20_000**0.5)
    assert statistics.stdev(drawn) / mean == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(("ramp", "expected"), [(0.0, 10_000), (100.0, 5_000)])
def test_scale_arrivals_are_as_many_as_the_rate_says(ramp: float, expected: int) -> None:
    found = sum(1 for _ in arrivals(100, 100, Lengths(1, 0), seed=5, ramp=ramp))
    assert found == pytest.approx(expected, abs=4 * expected**0.5)


def test_scale_arrivals_of_one_seed_are_the_same() -> None:
    first, again = (list(arrivals(5, 20, Lengths(3, 1), seed=9)) for _ in range(2))
    assert first == again
