"""Draws arrivals as one line of text: the number in each of some equal spans of time."""

from __future__ import annotations

from collections.abc import Sequence

BARS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"


def sparkline(arrivals_ms: Sequence[float], until_ms: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a line of ``width`` characters.

    >>> sparkline([0, 10, 20, 30], 40, 4, ascii_only=True)
    '@@@@'
    >>> sparkline([39, 39, 39, 39], 40, 4, ascii_only=True)
    '   @'

    :param until_ms: the time at the right end
    """
    counts = [0] * width
    for moment in arrivals_ms:
        counts[min(int(moment / until_ms * width), width - 1) if until_ms > 0 else 0] += 1
    bars = ASCII if ascii_only else BARS
    most = max(counts, default=0)
    return "".join(bars[-(-count * (len(bars) - 1) // most) if most else 0] for count in counts)
