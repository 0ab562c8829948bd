"""Tell what a request may spend, before the model is asked."""

from __future__ import annotations

from ..usage.counts import OUTPUT, Usage
from ..usage.prices import cost_of
from .limits import NANO, TOKENS, USD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..limits.families import Family
    from ..usage.prices import Price

#: No model writes more at once; a caller may ask for anything, and others wait for what is reserved for it.
MOST = 131_072
# What limits an answer in the words of OpenAI's Responses API.
_RESPONSES = ("max_output_tokens",)


def reserved_tokens(
    members: Mapping[str, Any],
    native: Mapping[str, Any] | None,
    family: Family | None,
    most: int | None,
    otherwise: int,
) -> int:
    """Return how many tokens are reserved for a request: those that its answer may have.

    :param members: of ConverseStream
    :param native: the body in the words of a model, where it is not ConverseStream that is called
    :param most: the deployment's limit for an answer
    :param otherwise: for a request that has no limit
    """
    found = [each for each in _asked(members, native or {}, family) if each > 0]
    asked = max(found, default=None)
    if asked is None:
        return min(most or otherwise, MOST)
    return min(asked, most or MOST, MOST)


def reserved(tokens: int, price: Price | None, tier: str) -> dict[str, int]:
    """Return how much is reserved for a number of tokens, for each unit.

    :param price: of the model; None where it is not known
    :param tier: by which the request is served
    """
    return spent(Usage({OUTPUT: tokens}), price, tier)


def spent(usage: Usage, price: Price | None, tier: str) -> dict[str, int]:
    """Return how much a call has spent, for each unit."""
    cost = cost_of(usage, price, tier)
    if cost is None and price:
        # what has no price of its own counts as the dearest token that has one
        dearest = max((each or 0 for known in price.values() for each in known), default=0)
        cost = usage.total_tokens * dearest / 1_000_000
    return {TOKENS: usage.total_tokens, **({} if cost is None else {USD: round(cost * NANO)})}


def _asked(members: Mapping[str, Any], native: Mapping[str, Any], family: Family | None) -> Iterator[int]:
    paths = [_RESPONSES, *((family.limit, *family.aliases) if family else (("max_tokens",),))]
    for body, path in [(members, ("inferenceConfig", "maxTokens")), *((native, path) for path in paths)]:
        value: object = body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            yield value
