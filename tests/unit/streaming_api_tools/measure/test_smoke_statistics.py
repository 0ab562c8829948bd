"""The statistics against values that are known from elsewhere."""

from __future__ import annotations

import random

import pytest

from streaming_api_tools.measure.statistics import correlation, percentile, permutation_p, share_upper_bound


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 2.5), (0.95, 3.85), (1, 4)])
def test_statistics_percentile_is_interpolated_linearly(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == pytest.approx(value)


def test_statistics_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7], 0.95) == 7


def test_statistics_correlation_is_that_of_pearson() -> None:
    # Anscombe's quartet, first set
    xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    assert correlation(xs, ys) == pytest.approx(0.81642, abs=1e-5)
    assert correlation(xs, [-x for x in xs]) == pytest.approx(-1)
    assert correlation(xs, [3] * len(xs)) == 0


def test_statistics_permutation_p_is_small_only_for_a_followed_schedule() -> None:
    dice = random.Random(1)
    schedule = [dice.uniform(50, 450) for _ in range(16)]
    assert permutation_p(schedule, [gap + dice.uniform(-20, 20) for gap in schedule]) == 1 / 1000
    chances = [permutation_p(schedule, [dice.uniform(50, 450) for _ in range(16)]) for _ in range(200)]
    assert 0.4 < sum(chances) / len(chances) < 0.6
    assert permutation_p(schedule, [1.0] * 16) == 1


@pytest.mark.parametrize(
    ("faults", "runs", "bound"),
    # without a fault the bound is 1 - 0.05 ** (1 / n); the others are quantiles of the beta distribution
    [
        (0, 1, 0.95),
        (0, 3, 0.6316),
        (0, 20, 0.1391),
        (0, 60, 0.0487),
        (1, 20, 0.2161),
        (3, 20, 0.3437),
        (5, 5, 1.0),
    ],
)
def test_statistics_share_upper_bound_is_clopper_pearson(faults: int, runs: int, bound: float) -> None:
    assert share_upper_bound(faults, runs) == pytest.approx(bound, abs=1e-4)


def test_statistics_share_upper_bound_of_no_runs_is_one() -> None:
    assert share_upper_bound(0, 0) == 1
