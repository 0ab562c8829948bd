"""Measures again, with longer gaps, what a busy machine left open.

A verdict that is wrong is no reason to measure again: it is what the tests are for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

#: How much longer gaps are from try to try.
STRETCHED = (1, 1, 2, 4, 8)
UNTOLD = "INCONCLUSIVE"

Measured = TypeVar("Measured")


def until_told(
    measure: Callable[[int], Measured], tells: Callable[[Measured], bool], tries: tuple[int, ...] = STRETCHED
) -> Measured:
    """Return the first measurement that tells something, or else the last.

    :param measure: measures with gaps that are so many times as long
    :param tells: tells whether a measurement has a verdict, right or wrong
    """
    for times in tries:
        measured = measure(times)
        if tells(measured):
            break
    return measured


def gaps(times: int, shortest: int, longest: int) -> tuple[str, str, str]:
    """Return the option of ``smoke`` and ``load`` for longer gaps; the last one of a command counts."""
    return "--gap-ms", str(times * shortest), str(times * longest)
