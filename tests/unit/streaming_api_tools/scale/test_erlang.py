"""Hold the closed form against values of others, and the simulation against the closed form."""

from __future__ import annotations

import math
import statistics

import pytest

from streaming_api_tools.scale.erlang import places_for, refused_behind_throttle, refused_share
from streaming_api_tools.scale.simulate import Capacity, simulate
from streaming_api_tools.scale.traffic import Lengths, arrivals


@pytest.mark.parametrize(("offered", "places"), [(0.5, 1), (4.0, 3), (12.0, 10), (95.0, 100)])
def test_scale_erlang_is_the_quotient_of_its_sum(offered: float, places: int) -> None:
    # the definition; the code has the recursion
    terms = [math.exp(k * math.log(offered) - math.lgamma(k + 1)) for k in range(places + 1)]
    assert refused_share(offered, places) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


# published tables of Erlang B: offered load at which 1 % is refused
@pytest.mark.parametrize(("places", "offered"), [(1, 0.0101), (5, 1.36), (10, 4.46), (20, 12.0), (50, 37.9)])
def test_scale_erlang_has_the_values_of_the_published_tables(places: int, offered: float) -> None:
    assert refused_share(offered, places) == pytest.approx(0.01, abs=0.0003)


@pytest.mark.parametrize("offered", [0.1, 3.0, 1000.0])
def test_scale_places_are_the_fewest_that_are_enough(offered: float) -> None:
    places = places_for(offered, 0.001)
    assert refused_share(offered, places) <= 0.001 < refused_share(offered, places - 1)


def test_scale_nothing_offered_is_refused_nowhere() -> None:
    assert (refused_share(0, 3), refused_share(0, 0), places_for(0)) == (0.0, 1.0, 1)


@pytest.mark.parametrize("given", [(-1.0, 1), (1.0, -1)])
def test_scale_negative_load_or_places_are_refused(given: tuple[float, int]) -> None:
    with pytest.raises(ValueError, match="must be 0 or more, got"):
        refused_share(*given)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_scale_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="the share between 0 and 1"):
        places_for(1, share)


@pytest.mark.parametrize("variation", [0.0, 0.8, 2.0])
def test_scale_simulation_refuses_the_share_of_the_closed_form(variation: float) -> None:
    # 20 runs whose mean is compared within 4 of its own standard errors
    lengths = Lengths(10.5, variation)
    shares = [
        simulate(arrivals(2, 3000, lengths, seed=seed), Capacity(concurrency=18)).refused_share
        for seed in range(20)
    ]
    error = statistics.stdev(shares) / math.sqrt(len(shares))
    assert error < 0.005
    assert statistics.mean(shares) == pytest.approx(refused_share(2 * 10.5, 18), abs=4 * error)


def test_scale_throttle_refuses_first_and_the_rest_finds_places() -> None:
    throttled, blocked = refused_behind_throttle(40, 20, 10.5, 200)
    assert throttled == 0.5
    assert blocked == pytest.approx(0.5 * refused_share(210, 200))
    assert refused_behind_throttle(10, 20, 10.5, 100)[0] == 0
