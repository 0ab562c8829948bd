"""Finds the knee of a transfer: the point after which it is slower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Points of the curve that are looked at; more tell nothing more.
POINTS = 200
#: A second part that keeps more than this share of the first part's rate is not a knee.
SLOWER = 0.6


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
    """
    step = max(1, len(seconds) // POINTS)
    points = [(x - seconds[0], y - sizes[0]) for x, y in zip(seconds[::step], sizes[::step], strict=True)]
    end_x, end_y = points[-1]
    best: tuple[float, Knee] | None = None
    for x, y in points[1:-1]:
        if x <= 0 or end_x - x <= 0:
            continue
        before, after = y / x, (end_y - y) / (end_x - x)
        error = sum((py - (before * px if px <= x else y + after * (px - x))) ** 2 for px, py in points)
        if best is None or error < best[0]:
            best = (error, Knee(y + sizes[0], before, after))
    return best[1] if best and best[1].after < SLOWER * best[1].before else None
