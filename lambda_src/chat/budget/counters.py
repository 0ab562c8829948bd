"""Lay the limits of a request out as items of the table, and write and read their updates.

An item has the counters of one subject in one month: ``pk`` is the scope and the subject, ``sk`` the month,
``m_tokens`` is that of the month and ``d30_tokens`` that of its 30th day, in ``usd`` they are billionths.

"Amazon DynamoDB API Reference", UpdateItem: a condition and an update of one item are one step, and no other
write comes between them.
"""

from __future__ import annotations

from hashlib import sha256

from .limits import ALL, CALLER, DAY, MODEL, TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .limits import Limit
    from .periods import Periods

# Days for which an item outlives its month, so that somebody can still look at it.
_KEPT = 35
_DAY_SECONDS = 86_400
# A key has 2048 bytes: "Amazon DynamoDB Developer Guide", ServiceQuotas.
_LONGEST_SUBJECT = 1024
#: The subject of requests that nobody has authenticated; all of them share it.
ANYBODY = "anybody"


class Gauge:
    """A limit, the attribute that counts for it, and the time at which it begins anew."""

    __slots__ = ("attribute", "limit", "reset")

    def __init__(self, limit: Limit, periods: Periods) -> None:
        of_day = limit.period == DAY
        self.limit = limit
        self.attribute = f"{f'd{periods.day}' if of_day else 'm'}_{limit.unit}"
        self.reset = periods.next_day if of_day else periods.next_month


class Counter:
    """The item of one subject, and the limits that it counts for.

    :param scope: of the limits
    :param subject: the caller or the model; empty for all of them
    """

    __slots__ = ("expires_at", "gauges", "month", "scope", "subject")

    def __init__(self, scope: str, subject: str, limits: Iterable[Limit], periods: Periods) -> None:
        self.scope = scope
        self.subject = subject
        self.month = periods.month
        self.expires_at = periods.next_month + _KEPT * _DAY_SECONDS
        self.gauges = [Gauge(each, periods) for each in limits]

    def reservation(self, amounts: Mapping[str, int]) -> dict[str, Any]:
        """Return the UpdateItem that counts amounts, unless a hard limit is reached already.

        :param amounts: unit -> how much
        """
        members = self._update(amounts)
        values = members["ExpressionAttributeValues"]
        conditions = []
        for number, gauge in enumerate(self.gauges):
            if gauge.limit.hard is not None:
                name = members["_names"][gauge.attribute]
                values[f":l{number}"] = {"N": str(gauge.limit.hard)}
                below = f"{name} < :l{number}"
                # nothing is left of a limit of 0 from the beginning
                first = f"(attribute_not_exists({name}) OR {below})"
                conditions.append(first if gauge.limit.hard > 0 else below)
        del members["_names"]
        if conditions:
            members["ConditionExpression"] = " AND ".join(conditions)
            members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return members

    def settlement(self, differences: Mapping[str, int]) -> dict[str, Any]:
        """Return the UpdateItem that adds differences, whatever the limits say.

        :param differences: unit -> how much more than was reserved; below 0 where it was less
        """
        members = self._update(differences)
        del members["_names"]
        return members

    def totals(self, attributes: Mapping[str, Any]) -> dict[str, int]:
        """Return the attribute and the number of each limit.

        :param attributes: of the item, as DynamoDB returns them; those that are not there are 0
        """
        return {
            gauge.attribute: int(attributes.get(gauge.attribute, {}).get("N", 0)) for gauge in self.gauges
        }

    def _update(self, amounts: Mapping[str, int]) -> dict[str, Any]:
        names: dict[str, str] = {}
        values: dict[str, Any] = {":e": {"N": str(self.expires_at)}}
        for gauge in self.gauges:
            if gauge.attribute not in names:
                names[gauge.attribute] = f"#a{len(names)}"
                values[f":{gauge.limit.unit}"] = {"N": str(amounts.get(gauge.limit.unit, 0))}
        adds = ", ".join(f"{name} :{attribute.partition('_')[2]}" for attribute, name in names.items())
        return {
            "Key": {"pk": {"S": f"{self.scope} {self.subject}".rstrip()}, "sk": {"S": self.month}},
            "UpdateExpression": f"ADD {adds} SET #e = :e",
            "ExpressionAttributeNames": {
                "#e": "expires_at",
                **{name: attribute for attribute, name in names.items()},
            },
            "ExpressionAttributeValues": values,
            "ReturnValues": "UPDATED_NEW",
            "_names": names,
        }


def counters(limits: Iterable[Limit], caller: str, model: str, periods: Periods) -> list[Counter]:
    """Return an item for each scope that has limits.

    :param caller: as :func:`lambda_streaming_store.owner.owner_of` names it
    :param model: its name
    """
    by_scope: dict[str, list[Limit]] = {}
    for limit in limits:
        by_scope.setdefault(limit.scope, []).append(limit)
    subjects = {CALLER: caller or ANYBODY, MODEL: model, ALL: ""}
    return [
        Counter(scope, _subject(subjects[scope]), of_scope, periods) for scope, of_scope in by_scope.items()
    ]


def reached(counter: Counter, totals: Mapping[str, int]) -> list[Gauge]:
    """Return the hard limits that totals have reached."""
    return [
        gauge
        for gauge in counter.gauges
        if gauge.limit.hard is not None and totals[gauge.attribute] >= gauge.limit.hard
    ]


def warned(counter: Counter, totals: Mapping[str, int]) -> list[Gauge]:
    """Return the soft limits that totals have reached."""
    return [
        gauge
        for gauge in counter.gauges
        if gauge.limit.soft is not None and totals[gauge.attribute] >= gauge.limit.soft
    ]


def tokens_left(counter: Counter, totals: Mapping[str, int]) -> int | None:
    """Return how many tokens are left, at least 0, until the nearest hard limit; None without one."""
    left = [
        max(0, gauge.limit.hard - totals[gauge.attribute])
        for gauge in counter.gauges
        if gauge.limit.hard is not None and gauge.limit.unit == TOKENS
    ]
    return min(left, default=None)


def hashed(name: str) -> str:
    """Return what stands for a name that is too long, or that nobody may read."""
    return f"sha256 {sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _subject(name: str) -> str:
    if len(name.encode("utf-8", "surrogatepass")) <= _LONGEST_SUBJECT:
        return name.encode("utf-8", "replace").decode()
    return hashed(name)
