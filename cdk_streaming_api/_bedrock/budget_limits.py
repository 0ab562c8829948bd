"""Describe how much callers, models and the whole deployment may use."""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Token

from .._common.keyword_options import checks_arguments

#: DynamoDB counts exactly to 38 digits; USD are counted in billionths.
_MOST = {"tokens": 10**15, "usd": 10**12}


class BudgetAmount:
    """An amount of tokens or of USD, at which requests are refused, and one from which on they are reported.

    Example::

        TokenBudget(self, "Budget", per_month=BudgetAmount.usd(500, warn_at=400))
    """

    @checks_arguments
    def __init__(self, unit: str, hard: float | None, soft: float | None) -> None:
        """Hold an amount that ``tokens`` or ``usd`` has checked; use those.

        :param unit: ``tokens`` or ``usd``.
        :param hard: at which requests are refused.
        :param soft: from which on each request is reported.
        """
        self.unit = unit
        self.hard = hard
        self.soft = soft

    @classmethod
    @checks_arguments
    def tokens(cls, amount: int | None = None, *, warn_at: int | None = None) -> BudgetAmount:
        """Return an amount of tokens: input, output, and those of caches.

        :param amount: at which requests are refused, 1 to 10^15. Default: - none are
        :param warn_at: from which on each request is reported, in the log and as a metric. Default: - none is
        :raises ValueError: when both are missing, or one is out of range.
        """
        for name, value in (("amount", amount), ("warn_at", warn_at)):
            if value is not None and not Token.is_unresolved(value) and value != int(value):
                raise ValueError(f"{name} of a budget in tokens must be whole, got {value!r}")
        return _checked(cls("tokens", amount, warn_at))

    @classmethod
    @checks_arguments
    def usd(cls, amount: float | None = None, *, warn_at: float | None = None) -> BudgetAmount:
        """Return an amount of USD, by the prices that the function has.

        :param amount: at which requests are refused, above 0 to 10^12. Default: - none are
        :param warn_at: from which on each request is reported, in the log and as a metric. Default: - none is
        :raises ValueError: when both are missing, or one is out of range.
        """
        return _checked(cls("usd", amount, warn_at))


class BudgetLimits:
    """The amounts that one caller or one model may use in a day and in a month of UTC.

    Example::

        TokenBudget(self, "Budget", per_caller=BudgetLimits(per_day=BudgetAmount.tokens(200_000)))
    """

    @checks_arguments
    def __init__(self, *, per_day: BudgetAmount | None = None, per_month: BudgetAmount | None = None) -> None:
        """Describe the limits.

        :param per_day: how much in a day, which ends at midnight UTC. Default: - as much as in the month
        :param per_month: how much in a month of the calendar, in UTC. Default: - no limit
        :raises ValueError: when both are missing.
        """
        if per_day is None and per_month is None:
            raise ValueError("BudgetLimits must have per_day or per_month, got neither")
        self.per_day = per_day
        self.per_month = per_month

    def _written(self, scope: str) -> Iterator[dict[str, object]]:
        """Yield the limits as the function reads them."""
        for period, amount in (("day", self.per_day), ("month", self.per_month)):
            if amount is not None:
                written = {"hard": amount.hard, "soft": amount.soft}
                given = {name: value for name, value in written.items() if value is not None}
                yield {"scope": scope, "period": period, "unit": amount.unit, **given}


def _checked(amount: BudgetAmount) -> BudgetAmount:
    most = _MOST[amount.unit]
    if amount.hard is None and amount.soft is None:
        raise ValueError(f"a budget in {amount.unit} must have an amount or warn_at, got neither")
    for name, value in (("amount", amount.hard), ("warn_at", amount.soft)):
        if value is None:
            continue
        if Token.is_unresolved(value):
            raise ValueError(f"{name} of a budget must be known at synth: it is checked there, got a token")
        if not 0 < value <= most:
            raise ValueError(
                f"{name} of a budget in {amount.unit} must be above 0 and at most {most}, got {value!r}"
            )
    if amount.hard is not None and amount.soft is not None and amount.soft >= amount.hard:
        raise ValueError(
            f"warn_at must be below the amount at which requests are refused, got {amount.soft!r} "
            f"and {amount.hard!r}"
        )
    return amount
