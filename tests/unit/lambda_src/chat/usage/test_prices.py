"""Estimates of what a request costs."""

from __future__ import annotations

import pytest
from chat.usage.counts import Usage
from chat.usage.prices import cost_of

PRICE = {"default": [3.0, 15.0, 0.3, 3.75, 6.0], "flex": [1.5, 7.5]}
COUNTS = {
    "input_tokens": 1000,
    "output_tokens": 200,
    "cache_read_tokens": 5000,
    "cache_write_tokens": 400,
    "cache_write_1h_tokens": 100,
}


def test_cost_is_the_sum_of_all_five_prices() -> None:
    expected = (1000 * 3 + 200 * 15 + 5000 * 0.3 + 300 * 3.75 + 100 * 6) / 1_000_000
    assert cost_of(Usage(COUNTS), PRICE) == pytest.approx(expected)


def test_cost_of_another_tier_has_its_prices() -> None:
    assert cost_of(Usage({"input_tokens": 1000, "output_tokens": 200}), PRICE, "flex") == 0.003


@pytest.mark.parametrize(
    ("price", "tier"),
    [
        (None, "default"),
        ({}, "default"),
        (PRICE, "priority"),
        (PRICE, "flex"),
        ({"default": [3.0, 15.0]}, "default"),
        ({"default": [3.0, 15.0, None, 3.75, 6.0]}, "default"),
    ],
)
def test_cost_that_needs_an_unknown_price_is_none_and_not_zero(
    price: dict[str, list[float | None]] | None, tier: str
) -> None:
    assert cost_of(Usage(COUNTS), price, tier) is None


def test_cost_of_a_request_that_used_nothing_is_zero() -> None:
    assert cost_of(Usage({}), PRICE) == 0
