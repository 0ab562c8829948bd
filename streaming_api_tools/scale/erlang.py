"""Computes the share of requests that find every place taken, in closed form.

Streams that come as a Poisson process and are refused, not queued, when all places are taken are the loss
system M/G/c/c. The share of the refused depends on the lengths by their mean only (A. K. Erlang, 1917;
B. A. Sevastyanov, Theory of Probability and Its Applications 2, 1957).
"""

from __future__ import annotations


def refused_share(offered: float, places: int) -> float:
    """Return Erlang's B.

    :param offered: arrivals a second times the mean seconds of a stream, 0 or more
    :param places: streams that may run at once, 0 or more
    :raises ValueError: when one of them is negative

    >>> [round(refused_share(10, places), 4) for places in (0, 10, 21)]
    [1.0, 0.2146, 0.0009]
    """
    if offered < 0 or places < 0:
        raise ValueError(f"offered load and places must be 0 or more, got {offered:g} and {places}")
    if not offered:
        return 0.0 if places else 1.0
    share = 1.0
    for place in range(1, places + 1):
        share = offered * share / (place + offered * share)
    return share


def places_for(offered: float, share: float = 0.001) -> int:
    """Return the fewest places of which at most this share of requests is refused.

    :param share: above 0, below 1. Default: one in a thousand
    :raises ValueError: when one of them is outside its range

    >>> places_for(10)
    21
    """
    if offered < 0 or not 0 < share < 1:
        raise ValueError(
            f"offered load must be 0 or more and the share between 0 and 1, got {offered:g}, {share:g}"
        )
    if not offered:
        return 1
    places, found = 0, 1.0
    while found > share:
        places += 1
        found = offered * found / (places + offered * found)
    return places


def refused_behind_throttle(rate: float, throttle: float, seconds: float, places: int) -> tuple[float, float]:
    """Return the shares of requests that the throttle refuses, and that find every place taken.

    The throttle is taken for a steady one, so bursts do not count: it refuses nothing below its rate.

    :param rate: requests a second, more than 0
    :param throttle: requests a second that a stage lets in
    :param seconds: mean length of a stream

    >>> refused_behind_throttle(40, 20, 30, 1000)
    (0.5, 0.0)
    """
    let_in = min(rate, throttle)
    share = let_in / rate
    blocked = share * refused_share(let_in * seconds, places)
    return 1 - share, 0.0 if blocked < 1e-12 else blocked
