"""Tell what a request may spend, before the model is asked."""

from __future__ import annotations

from .limits import NANO, TOKENS, USD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..limits.families import Family
    from ..usage.counts import Usage

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


def reserved(tokens: int, prices: Mapping[str, float] | None) -> dict[str, int]:
    """Return how much is reserved for a number of tokens, for each unit.

    :param prices: of the model, as in :mod:`chat.budget.limits`
    """
    return {TOKENS: tokens, **_usd(prices, {"output": tokens})}


def spent(usage: Usage, prices: Mapping[str, float] | None) -> dict[str, int]:
    """Return how much a call has spent, for each unit."""
    counts = {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cacheRead": usage.cache_read_tokens,
        "cacheWrite": usage.cache_write_tokens,
    }
    return {TOKENS: usage.total_tokens, **_usd(prices, counts)}


def _usd(prices: Mapping[str, float] | None, counts: Mapping[str, int]) -> dict[str, int]:
    if prices is None:
        return {}
    # USD per million tokens
    return {USD: round(sum(prices.get(name, 0) * count for name, count in counts.items()) * NANO / 1_000_000)}


def _asked(members: Mapping[str, Any], native: Mapping[str, Any], family: Family | None) -> Iterator[int]:
    paths = [_RESPONSES, *((family.limit, *family.aliases) if family else (("max_tokens",),))]
    for body, path in [(members, ("inferenceConfig", "maxTokens")), *((native, path) for path in paths)]:
        value: object = body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            yield value
