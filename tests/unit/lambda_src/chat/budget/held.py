"""The handler with a budget, whose table does as it is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

from chat.budget.ledger import LIMITS, TABLE, Ledger
from chat.budget.spending import Spending
from lambda_streaming import CollectedResponse

from tests.unit.lambda_src.chat.handling import ENVIRONMENT, BedrockStandIn
from tests.unit.lambda_src.chat.streams import TEXT

with mock.patch.dict(os.environ, ENVIRONMENT):
    from chat import handler

NOW = 1_794_704_000  # 2026-11-15
__all__ = ["DAY", "NOW", "Held", "Script", "Told", "handler", "hold", "totals"]
Request = dict[str, Any]
Report = tuple[str, Mapping[str, Any]]
DAY = {"scope": "caller", "period": "day", "unit": "tokens", "hard": 1000}


class Script:
    """A table that answers each UpdateItem with what it is told to, and writes down what it is asked."""

    def __init__(self, answer: Callable[[Request], dict[str, Any]]) -> None:
        self.requests: list[Request] = []
        self._answer = answer

    def begin(self, operation: str, members: Mapping[str, object]) -> None:
        """Have no connection yet."""

    def close(self) -> None:
        """Have nothing to end."""

    def call(self, operation: str, request: Mapping[str, object]) -> dict[str, Any]:
        """Answer."""
        assert operation == "UpdateItem"
        self.requests.append(dict(request))
        return self._answer(dict(request))

    def added(self) -> list[dict[str, int]]:
        """Return what was added by each request, by the unit."""
        return [
            {
                name[1:]: int(value["N"])
                for name, value in request["ExpressionAttributeValues"].items()
                if name in (":tokens", ":usd")
            }
            for request in self.requests
        ]


class Told(BedrockStandIn):
    """A model that counts how often it is asked."""

    def __init__(self, events: Sequence[Mapping[str, Any]], failure: Exception | None = None) -> None:
        super().__init__(events)
        self.failure = failure
        self.asked = 0
        self._may_send: Callable[[], None] = _nothing

    def once(self, may_send: Callable[[], None]) -> Told:
        """Return itself, and wait before it is asked."""
        self._may_send = may_send
        return self

    def converse_stream(self, **request: object) -> dict[str, Any]:
        """Return the events, or fail."""
        self._may_send()
        self.asked += 1
        if self.failure:
            raise self.failure
        return super().converse_stream(**request)

    def invoke_model_with_response_stream(self, **request: object) -> dict[str, Any]:
        """Return the chunks."""
        self._may_send()
        self.asked += 1
        return super().invoke_model_with_response_stream(**request)


def _nothing() -> None:
    pass


class Held:
    """What became of a request."""

    def __init__(self, response: CollectedResponse, model: Told, reports: list[Report]) -> None:
        self.response = response
        self.model = model
        self.reports = reports


def hold(
    event: Mapping[str, Any],
    table: Script,
    *,
    limits: Sequence[Mapping[str, Any]] = (DAY,),
    model: Told | None = None,
    price: Mapping[str, Any] | None = None,
    **settings: object,
) -> Held:
    """Answer a request under a budget."""
    told = model or Told(TEXT)
    reports: list[Report] = []
    environ = {TABLE: "budget", LIMITS: json.dumps({"limits": limits, **settings})}

    ledger = Ledger(
        environ, tables=[table] * 3, now=lambda: NOW, report=lambda line: reports.append(_reported(line))
    )
    with (
        mock.patch.object(handler, "BEDROCK", told),
        mock.patch.object(handler, "BUDGET", ledger),
        mock.patch.object(handler.SETTINGS.models[0], "price", price),
        mock.patch.object(handler, "Spending", Spending, create=True),
    ):
        return Held(handler.handler(event, None), told, reports)


def _reported(line: Mapping[str, Any]) -> Report:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (metric,) = directive["Metrics"]
    assert line[metric["Name"]] == 1
    return metric["Name"], line


def totals(**attributes: int) -> dict[str, Any]:
    """Return attributes as DynamoDB does."""
    return {name: {"N": str(value)} for name, value in attributes.items()}
