"""Read the limits of a budget, which the construct writes as ``TOKEN_BUDGET``.

A JSON object:

``limits``
    a list of objects: ``scope`` is ``caller``, ``model`` or ``all``; ``period`` is ``day`` or ``month``;
    ``unit`` is ``tokens`` or ``usd``; ``hard`` refuses and ``soft`` warns, of which one may be missing.
    Amounts in USD are numbers with a fraction
``reserve``
    the tokens that are reserved for a request that limits its answer nowhere. Default: :data:`RESERVE`
``onFailure``
    ``closed`` to refuse requests while the table does not answer. Default: they are let through
``namespace``
    of the metrics
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

CALLER, MODEL, ALL = "caller", "model", "all"
DAY, MONTH = "day", "month"
TOKENS, USD = "tokens", "usd"
OPEN, CLOSED = "open", "closed"
RESERVE = 4096
#: The member of an authorizer's context that has a JSON list of limits of a caller.
OWN = "streaming_api_budget"
#: USD are counted in whole billionths: DynamoDB adds numbers exactly, and a token may cost 30 of them.
NANO = 1_000_000_000


class Limit:
    """An amount of one unit in one period.

    :param hard: at which requests are refused. Default: - none are
    :param soft: from which on requests are only reported. Default: - none are
    """

    __slots__ = ("hard", "period", "scope", "soft", "unit")

    def __init__(self, scope: str, period: str, unit: str, hard: int | None, soft: int | None) -> None:
        self.scope = scope
        self.period = period
        self.unit = unit
        self.hard = hard
        self.soft = soft


class Budget:
    """The limits of a deployment, and how they are held.

    :param text: TOKEN_BUDGET
    :raises ValueError: when it is not what the construct writes
    """

    def __init__(self, text: str) -> None:
        given: dict[str, Any] = json.loads(text)
        self.limits = [limit_of(each) for each in given["limits"]]
        self.reserve: int = given.get("reserve", RESERVE)
        self.fails_open = given.get("onFailure", OPEN) == OPEN
        self.namespace: str = given.get("namespace", "StreamingApi")

    def with_callers(self, limits: Iterable[Limit] | None) -> list[Limit]:
        """Return the limits with those of one caller in place of those of every caller.

        :param limits: None where the caller has none of its own
        """
        if limits is None:
            return self.limits
        return [*(each for each in self.limits if each.scope != CALLER), *limits]


def limit_of(members: Mapping[str, Any], scope: str | None = None) -> Limit:
    """Return a limit of its JSON object.

    :param scope: where the object has none
    :raises ValueError: for an amount that is no number
    """
    unit = members["unit"]
    return Limit(
        scope or members["scope"],
        members["period"],
        unit,
        _amount(members.get("hard"), unit),
        _amount(members.get("soft"), unit),
    )


def own_limits(event: Mapping[str, Any]) -> list[Limit] | None:
    """Return the limits that the authorizer says a caller has; None where it says nothing.

    :param event: of API Gateway, which has the authorizer's context
    """
    context = event.get("requestContext") or {}
    text = (context.get("authorizer") or {}).get(OWN)
    return None if text is None else [limit_of(each, CALLER) for each in json.loads(text)]


def _amount(value: object, unit: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"an amount of {unit} must be a number, got a {type(value).__name__}")
    return round(value * NANO) if unit == USD else int(value)
