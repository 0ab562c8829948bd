"""Draws requests: when each comes, and for how long its stream runs."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Lengths:
    """The lengths of streams: a lognormal distribution.

    :param mean: seconds, more than 0
    :param variation: standard deviation over mean, 0 or more

    >>> Lengths(10.5, 0).draw(random.Random(1))
    10.5
    """

    mean: float
    variation: float

    def draw(self, dice: random.Random) -> float:
        """Return the seconds of one stream."""
        variance = math.log(1 + self.variation**2)
        return math.exp(dice.gauss(math.log(self.mean) - variance / 2, math.sqrt(variance)))


@dataclass(frozen=True)
class Arrival:
    """A request.

    :param at: seconds since the first could come
    :param seconds: how long its stream runs, once let in
    """

    at: float
    seconds: float


def arrivals(
    rate: float, duration: float, lengths: Lengths, *, seed: int, ramp: float = 0.0
) -> Iterator[Arrival]:
    """Yield the requests of a Poisson process.

    :param rate: requests a second
    :param duration: seconds in which requests come
    :param ramp: seconds in which the rate grows from 0, linearly. Default: - it is there from the beginning
    """
    dice = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    at = dice.expovariate(rate)
    while at < duration:
        # of a process whose rate varies, by thinning (P. Lewis and G. Shedler, 1979)
        if at >= ramp or dice.random() < at / ramp:
            yield Arrival(at, lengths.draw(dice))
        at += dice.expovariate(rate)
