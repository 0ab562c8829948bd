"""The items of a budget's table, and their updates."""

from __future__ import annotations

from typing import Any

import pytest
from chat.budget.counters import ANYBODY, Counter, counters, reached, tokens_left, warned
from chat.budget.limits import Limit
from chat.budget.periods import Periods

NOW = Periods(1_796_000_000)  # 2026-11-30
DAY = Limit("caller", "day", "tokens", 100, 80)
MONTH = Limit("caller", "month", "tokens", 1000, None)
DOLLARS = Limit("caller", "day", "usd", 5_000_000_000, None)


def counter(*limits: Limit) -> Counter:
    (found,) = counters(limits, "iam someone", "model-1", NOW)
    return found


def values(request: dict[str, Any]) -> dict[str, Any]:
    return {name: next(iter(value.values())) for name, value in request["ExpressionAttributeValues"].items()}


def test_counters_request_has_an_item_for_each_scope() -> None:
    limits = [DAY, MONTH, Limit("model", "day", "tokens", 1, None), Limit("all", "day", "tokens", 1, None)]
    found = counters(limits, "iam someone", "model-1", NOW)
    keys = [each.reservation({})["Key"]["pk"]["S"] for each in found]
    assert keys == ["caller iam someone", "model model-1", "all"]
    assert {each.reservation({})["Key"]["sk"]["S"] for each in found} == {"2026-11"}


def test_counters_reservation_adds_unless_a_hard_limit_is_reached() -> None:
    request = counter(DAY, MONTH, DOLLARS).reservation({"tokens": 7, "usd": 9})
    assert request["UpdateExpression"] == "ADD #a0 :tokens, #a1 :tokens, #a2 :usd SET #e = :e"
    assert request["ConditionExpression"] == (
        "(attribute_not_exists(#a0) OR #a0 < :l0) AND (attribute_not_exists(#a1) OR #a1 < :l1) "
        "AND (attribute_not_exists(#a2) OR #a2 < :l2)"
    )
    assert request["ExpressionAttributeNames"] == {
        "#e": "expires_at",
        "#a0": "d30_tokens",
        "#a1": "m_tokens",
        "#a2": "d30_usd",
    }
    assert values(request) == {
        ":tokens": "7",
        ":usd": "9",
        ":l0": "100",
        ":l1": "1000",
        ":l2": "5000000000",
        ":e": str(NOW.next_month + 35 * 86_400),
    }


def test_counters_settlement_has_no_condition() -> None:
    request = counter(DAY).settlement({"tokens": -3})
    assert "ConditionExpression" not in request
    assert values(request)[":tokens"] == "-3"


def test_counters_limit_of_nothing_is_reached_before_the_first_request() -> None:
    request = counter(Limit("caller", "day", "tokens", 0, None)).reservation({"tokens": 1})
    assert request["ConditionExpression"] == "#a0 < :l0"


def test_counters_soft_limit_refuses_nothing() -> None:
    assert "ConditionExpression" not in counter(Limit("caller", "day", "tokens", None, 5)).reservation({})


@pytest.mark.parametrize(
    ("total", "hard", "soft", "left"),
    [(0, 0, 0, 100), (79, 0, 0, 21), (80, 0, 1, 20), (99, 0, 1, 1), (100, 1, 1, 0), (130, 1, 1, 0)],
)
def test_counters_totals_tell_the_limits_that_are_reached(
    total: int, hard: int, soft: int, left: int
) -> None:
    found = counter(DAY)
    totals = found.totals({"d30_tokens": {"N": str(total)}})
    assert (len(reached(found, totals)), len(warned(found, totals))) == (hard, soft)
    assert tokens_left(found, totals) == left


def test_counters_tokens_left_is_the_nearest_limit() -> None:
    found = counter(DAY, MONTH, DOLLARS)
    assert tokens_left(found, found.totals({"m_tokens": {"N": "990"}, "d30_tokens": {"N": "10"}})) == 10
    dollars = counter(DOLLARS)
    assert tokens_left(dollars, dollars.totals({})) is None


def test_counters_callers_without_a_name_share_one() -> None:
    (found,) = counters([DAY], "", "model-1", NOW)
    assert found.subject == ANYBODY


@pytest.mark.parametrize("name", ["x" * 3000, "é" * 600, "\ud800" * 600])
def test_counters_long_name_is_hashed(name: str) -> None:
    (found,) = counters([DAY], name, "model-1", NOW)
    assert found.subject.startswith("sha256 ")
    assert len(found.subject) == 7 + 64


def test_counters_lone_surrogate_of_a_name_is_written() -> None:
    (found,) = counters([DAY], "a\ud800", "model-1", NOW)
    assert found.subject == "a?"
