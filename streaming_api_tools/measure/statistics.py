"""Computes the statistics of the challenge, which are small enough to need no numpy."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import comb, sqrt
from operator import itemgetter, mul

PERMUTATIONS = 999
#: Shuffles that do as well as the real order, after which it is clear that they do.
ENOUGH = 50


def percentile(values: Sequence[float], share: float) -> float:
    """Return the ``share`` (0 to 1) quantile, interpolated linearly between the two nearest values."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return Pearson's r, and 0 where one side does not vary."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    dx, dy = [x - mean_x for x in xs], [y - mean_y for y in ys]
    spread: float = sqrt(sum(map(mul, dx, dx)) * sum(map(mul, dy, dy)))
    return sum(map(mul, dx, dy)) / spread if spread else 0.0


@lru_cache(maxsize=8)
def _shuffles(size: int) -> tuple[Callable[[Sequence[float]], tuple[float, ...]], ...]:
    """Return fixed shuffles, so that the same recording always gets the same p."""
    dice = random.Random(size)  # noqa: S311 - a permutation test, not a secret
    return tuple(itemgetter(*dice.sample(range(size), size)) for _ in range(PERMUTATIONS))


def permutation_p(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return the share of shuffled ``ys`` that correlate with ``xs`` at least as well as ``ys`` do.

    The means and the spreads are the same for every shuffle, so comparing the sums of products is enough. It
    ends early where the share is large (sequential Monte Carlo, Besag and Clifford, Biometrika 78, 1991).
    """
    observed = sum(map(mul, xs, ys))
    least = observed - 1e-9 * abs(observed)
    as_good = 0
    for made, shuffle in enumerate(_shuffles(len(ys)), start=1):
        if sum(map(mul, xs, shuffle(ys))) >= least:
            as_good += 1
        if as_good == ENOUGH:
            return as_good / made
    return (1 + as_good) / (1 + PERMUTATIONS)


def share_upper_bound(faults: int, runs: int, confidence: float = 0.95) -> float:
    """Return the largest share of faulty answers that ``faults`` in ``runs`` do not rule out.

    The one-sided Clopper-Pearson bound (Biometrika 26, 1934): the share at which so few faults have the
    probability ``1 - confidence``.
    """
    if faults >= runs:
        return 1.0
    low, high = faults / runs, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        so_few = sum(comb(runs, k) * middle**k * (1 - middle) ** (runs - k) for k in range(faults + 1))
        low, high = (middle, high) if so_few > 1 - confidence else (low, middle)
    return high
