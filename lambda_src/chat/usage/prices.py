"""Estimate what a request costs, by the prices that the deployment has.

A price is a list of USD for a million tokens: input, output, cache read, cache write, and cache write for an
hour; a missing one, or null, is not known.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .counts import Usage

    #: Service tier -> its price; DEFAULT for requests that name none.
    Price = Mapping[str, Sequence[float | None]]

#: The tier of a request that names none, and the form of a model that is optimized for latency.
DEFAULT, OPTIMIZED = "default", "optimized"
_MILLION = 1_000_000
# USD of which cost_usd keeps the fraction.
_DIGITS = 9


def cost_of(usage: Usage, price: Price | None, tier: str = DEFAULT) -> float | None:
    """Return the estimated cost in USD; None where a price that it needs is not known.

    :param tier: by which the request was served
    """
    known = (price or {}).get(tier)
    if not known:
        return None
    hour = usage.cache_write_1h_tokens
    tokens = (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens - hour,
        hour,
    )
    cost = 0.0
    for position, count in enumerate(tokens):
        each = known[position] if position < len(known) else None
        if count and each is None:
            return None
        cost += count * (each or 0)
    return round(cost / _MILLION, _DIGITS)
