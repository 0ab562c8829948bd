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


def until_proved(
    measure: Callable[[int], Measured], proves: Callable[[Measured], bool], tries: tuple[int, ...] = STRETCHED
) -> Measured:
    """Return the first measurement that proves what holds, or else the last.

    It is for answers behind a gateway of this machine. A busy one holds back what a function writes, and the
    verdict that it does is right; but no machine makes an answer stream that did not.

    :param measure: measures with gaps that are so many times as long
    :param proves: tells whether a measurement has the verdict that an idle machine would give
    """
    return until_told(measure, proves, tries)


def gaps(times: int, shortest: int, longest: int) -> tuple[str, str, str]:
    """Return the option of ``smoke`` and ``load`` for longer gaps; the last one of a command counts."""
    return "--gap-ms", str(times * shortest), str(times * longest)
