"""Write numbers with the things that they count, as English has them."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Return a number of things.

    >>> counted(1, "piece"), counted(2, "piece"), counted(0, "piece")
    ('1 piece', '2 pieces', '0 pieces')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def times(number: int) -> str:
    """Return how often something happens.

    >>> times(1), times(2), times(0)
    ('once', '2 times', '0 times')
    """
    return "once" if number == 1 else f"{number} times"
