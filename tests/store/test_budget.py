"""Budgets in a table of DynamoDB: many requests at once, and a table that fails."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chat.budget.ledger import LIMITS, TABLE, Ledger
from lambda_streaming import HTTPError
from lambda_streaming_store.table import Table

from tests.support.ministack import Ministack

WRITERS = 50


def ledger(ministack: Ministack, table: str, *limits: Mapping[str, Any], lines: list[Any]) -> Ledger:
    environ = {**ministack.environment, TABLE: table, LIMITS: json.dumps({"limits": limits})}
    # fifty at once are slower here than one is at DynamoDB
    tables = [Table(environ, table, timeout=30) for _ in range(3)]
    return Ledger(environ, tables=tables, now=lambda: 1_796_000_000, report=lines.append)


def total(ministack: Ministack, table: str, pk: str, attribute: str) -> int:
    key = {"pk": {"S": pk}, "sk": {"S": "2026-11"}}
    asked = Table(ministack.environment, table, timeout=30)
    found = asked.call("GetItem", {"Key": key})
    asked.close()
    return int(found["Item"][attribute]["N"])


@pytest.mark.parametrize("seed", range(3))
def test_budget_of_fifty_at_once_is_passed_by_no_more_than_one_reservation(
    ministack: Ministack, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.budget.ledger.PATIENCE", 60)
    chance = random.Random(seed)
    table = ministack.table()
    limit = chance.randrange(1_000, 4_000)
    lines: list[Any] = []
    budget = ledger(
        ministack,
        table,
        {"scope": "all", "period": "day", "unit": "tokens", "hard": limit},
        {"scope": "caller", "period": "month", "unit": "tokens", "hard": limit * 2},
        lines=lines,
    )
    reservations = [chance.randrange(1, 1_000) for _ in range(WRITERS)]
    spendings = [chance.randrange(0, each + 1) for each in reservations]
    together = threading.Barrier(WRITERS)

    def ask(number: int) -> int | None:
        together.wait()
        admission = budget.admission("key 1", "model-1", {"tokens": reservations[number]}, {})
        try:
            admission.wait()
        except HTTPError as error:
            return None if (error.status, error.code) == (429, "insufficient_quota") else -1
        admission.settle({"tokens": spendings[number]})
        return number

    with ThreadPoolExecutor(WRITERS) as pool:
        admitted = [each for each in pool.map(ask, range(WRITERS)) if each is not None]
    budget.finish()
    budget.close()
    assert -1 not in admitted
    spent = sum(spendings[each] for each in admitted)
    assert spent < limit + max(reservations)
    assert total(ministack, table, "all", "d30_tokens") == spent
    # those that one limit refused do not count for the other either
    assert total(ministack, table, "caller key 1", "m_tokens") == spent
    assert [each["decision"] for each in lines] == ["denied"] * (WRITERS - len(admitted))
