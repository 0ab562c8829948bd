"""Finds the knee of a transfer: the point after which it is slower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

#: Points of the curve that are looked at; more tell nothing more.
POINTS = 200
#: A second part that keeps more than this share of the first part's rate is not a knee.
SLOWER = 0.6
#: Share of the bytes that must be on each side of a knee, and of the time that must be behind it: a rate of a
#: few last bytes is the noise of one read.
LEAST_SHARE = 0.05
#: Seconds that must be behind a knee. A limit lasts; a processor that others need is away for less.
LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Knee:
    """Two rates, in bytes a second, and after how many bytes the second one begins."""

    at_bytes: float
    before: float
    after: float


def find_knee(seconds: Sequence[float], sizes: Sequence[float]) -> Knee | None:
    """Return the knee of a cumulative curve, or None when the rate stays the same.

    :param seconds: when each part had arrived
    :param sizes: bytes that had arrived by then

    Two straight lines that meet on the curve, fitted by least squares over every point where they may meet.
    What follows a pause is not slower, so each half of the time behind a knee must be.
    """
    step = max(1, len(seconds) // POINTS)
    points = [(x - seconds[0], y - sizes[0]) for x, y in zip(seconds[::step], sizes[::step], strict=True)]
    end_x, end_y = points[-1]
    best: tuple[float, float, Knee] | None = None
    for x, y in points[1:-1]:
        if x <= 0 or end_x - x < max(LEAST_SECONDS, LEAST_SHARE * end_x) or not _both(y, end_y):
            continue
        before, after = y / x, (end_y - y) / (end_x - x)
        error = sum((py - (before * px if px <= x else y + after * (px - x))) ** 2 for px, py in points)
        if best is None or error < best[0]:
            best = (error, x, Knee(y + sizes[0], before, after))
    return best[2] if best and _lasts(points, best[1], SLOWER * best[2].before) else None


def _lasts(points: Sequence[tuple[float, float]], begins: float, most: float) -> bool:
    """Tell whether the rate is lower in each half of the time behind a moment."""
    ends = points[-1][0]
    middle = (begins + ends) / 2
    return _rate(points, begins, middle) < most and _rate(points, middle, ends) < most


def _rate(points: Sequence[tuple[float, float]], begins: float, ends: float) -> float:
    """Return the bytes a second between two moments; infinity where too little arrived to tell."""
    between = [each for each in points if begins <= each[0] <= ends]
    if len(between) < 2 or between[0][0] == between[-1][0]:
        return inf
    return (between[-1][1] - between[0][1]) / (between[-1][0] - between[0][0])


def _both(size: float, whole: float) -> bool:
    """Tell whether there are enough bytes before and behind a point."""
    return LEAST_SHARE * whole <= size <= (1 - LEAST_SHARE) * whole
