"""Finds the knee of a transfer: the point after which it is slower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Points of the curve that are looked at; more tell nothing more.
POINTS = 200
#: A second part that keeps more than this share of the first part's rate is not a knee.
SLOWER = 0.6
#: Share of the bytes that must be on each side of a knee, and of the time that must be behind it: a rate of a
#: few last bytes is the noise of one read.
LEAST_SHARE = 0.05


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

    Two straight lines that meet on the curve, fitted by least squares over every point where they may meet. A
    knee that is gone without the last part was the pause before that part.
    """
    step = max(1, len(seconds) // POINTS)
    points = [(x - seconds[0], y - sizes[0]) for x, y in zip(seconds[::step], sizes[::step], strict=True)]
    knee = _fitted(points)
    if knee is None or _fitted(points[:-1]) is None:
        return None
    return Knee(knee.at_bytes + sizes[0], knee.before, knee.after)


def _fitted(points: Sequence[tuple[float, float]]) -> Knee | None:
    end_x, end_y = points[-1]
    best: tuple[float, Knee] | None = None
    for x, y in points[1:-1]:
        if x <= 0 or end_x - x < LEAST_SHARE * end_x or not _both(y, end_y):
            continue
        before, after = y / x, (end_y - y) / (end_x - x)
        error = sum((py - (before * px if px <= x else y + after * (px - x))) ** 2 for px, py in points)
        if best is None or error < best[0]:
            best = (error, Knee(y, before, after))
    return best[1] if best and best[1].after < SLOWER * best[1].before else None


def _both(size: float, whole: float) -> bool:
    """Tell whether there are enough bytes before and behind a point."""
    return LEAST_SHARE * whole <= size <= (1 - LEAST_SHARE) * whole
