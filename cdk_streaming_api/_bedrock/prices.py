"""Define what models cost, for the estimates in the records of usage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from aws_cdk import Token

from .._common.keyword_options import InitSignature, checks_arguments
from .service_tier import BedrockServiceTier

# What comes before the id of a model in the ids of inference profiles and in ARNs.
_RESOURCE = re.compile(r"arn:[^/]*/")


class BedrockPrice:
    """The price of a model, in USD for a million tokens.

    A price of a cache that is left out is not known: a request that needs it has no estimate of its cost::

        price = BedrockPrice(2.2, 11, cache_read=0.22, cache_write=2.75, cache_write_1h=4.4)
        BedrockFunction(self, "Priced", model=model, prices=BedrockPrices({model.model_id: price}))
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(
        self,
        input_price: float,
        output_price: float,
        *,
        cache_read: float | None = None,
        cache_write: float | None = None,
        cache_write_1h: float | None = None,
        tiers: Mapping[BedrockServiceTier, BedrockPrice] | None = None,
    ) -> None:
        """Note the price.

        :param input_price: of tokens of the request.
        :param output_price: of tokens of the answer, those of reasoning among them.
        :param cache_read: of tokens that are read from a cache. Default: - not known
        :param cache_write: of tokens that are written into a cache for 5 minutes. Default: - not known
        :param cache_write_1h: of tokens that are written into it for an hour. Default: - not known
        :param tiers: the prices in other service tiers than the default. Default: - not known
        :raises ValueError: for a price that is negative, or a token.
        """
        prices = {
            "input_price": input_price,
            "output_price": output_price,
            "cache_read": cache_read,
            "cache_write": cache_write,
            "cache_write_1h": cache_write_1h,
        }
        for name, price in prices.items():
            _check_price(name, price)
        self._prices = [*prices.values()]
        self._tiers = dict(tiers or {})

    def _to_json(self) -> dict[str, list[float | None]]:
        """Return the price as the chat function reads it, by service tier."""
        own = {BedrockServiceTier.DEFAULT.value: self._list()}
        return own | {tier.value: price._list() for tier, price in self._tiers.items()}

    def _list(self) -> list[float | None]:
        prices = list(self._prices)
        while prices[-1] is None:
            prices.pop()
        return prices


class BedrockPrices:
    """The prices of models, by which the records of usage estimate the cost of each request.

    They are part of the deployment, and never looked up at run time. A model that has no price here has no
    ``cost_usd`` in its records. Prices of your own, such as negotiated ones, go before those of the table::

        prices = BedrockPrices({"us.anthropic.claude-sonnet-5": BedrockPrice(2, 10)})
        BedrockFunction(self, "Chat", model=model, prices=prices)
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(self, prices: Mapping[str, BedrockPrice] | None = None, *, table: bool = True) -> None:
        """Note the prices.

        :param prices: by the id or the ARN of the model, as ``BedrockModel`` has it. Default: - none of your
            own
        :param table: whether other models have the price of the table in docs/usage.md. Default: True
        """
        self._own, self._table = dict(prices or {}), table

    def _price_of(self, model_id: str) -> BedrockPrice | None:
        """Return the price of a model; None where it is not known."""
        last = _RESOURCE.sub("", model_id)
        own = self._own.get(model_id) or self._own.get(last)
        if own or not self._table or Token.is_unresolved(last):
            return own
        row = _table().get(last)
        return _price_in(row) if row else None


def _check_price(name: str, price: float | None) -> None:
    # a token is a number far below zero; to ask jsii of every price would slow the synth
    if price is None or price >= 0:
        return
    if Token.is_unresolved(price):
        raise ValueError(f"{name} of a BedrockPrice must be known at synth: it is checked there, got a token")
    raise ValueError(f"{name} of a BedrockPrice must be USD for a million tokens, got {price}")


@cache
def _table() -> Mapping[str, str]:
    """Return the prices of each model of the table by its id, as they are written there."""
    from .price_table import ROWS

    rows: dict[str, str] = {}
    for row in filter(None, ROWS.split("\n")):
        prefixes, model_id, prices = row.split(" ", 2)
        for prefix in prefixes.split("|"):
            rows[model_id if prefix == "-" else f"{prefix}.{model_id}"] = prices
    return rows


def _price_in(row: str) -> BedrockPrice:
    """Return the price of a row, with those of the service tiers that have their own."""
    default, *others = row.split(" ")
    named = (other.partition("=") for other in others)
    return _price(default, {BedrockServiceTier(tier): _price(numbers) for tier, _, numbers in named})


def _price(numbers: str, tiers: Mapping[BedrockServiceTier, BedrockPrice] | None = None) -> BedrockPrice:
    values = [None if each == "?" else float(each) for each in numbers.split(",")]
    input_price, output_price, *cache = values
    assert input_price is not None
    assert output_price is not None
    names = ("cache_read", "cache_write", "cache_write_1h")
    return BedrockPrice(input_price, output_price, **dict(zip(names, cache, strict=False)), tiers=tiers)
