"""The day and the month that a moment is in."""

from __future__ import annotations

from calendar import timegm
from datetime import datetime, timedelta, timezone

import pytest
from chat.budget.periods import Periods


def at(*moment: int) -> int:
    return timegm((*moment, 0, 0, 0)[:6])


@pytest.mark.parametrize(
    ("now", "month", "day", "next_day", "next_month"),
    [
        (at(2026, 11, 30), "2026-11", "30", at(2026, 12, 1), at(2026, 12, 1)),
        (at(2026, 12, 31) + 86_399, "2026-12", "31", at(2027, 1, 1), at(2027, 1, 1)),
        (at(2028, 2, 28) + 1, "2028-02", "28", at(2028, 2, 29), at(2028, 3, 1)),
        (at(2027, 2, 1), "2027-02", "01", at(2027, 2, 2), at(2027, 3, 1)),
        (at(2026, 1, 15), "2026-01", "15", at(2026, 1, 16), at(2026, 2, 1)),
    ],
)
def test_periods_moment_has_its_day_and_month(
    now: int, month: str, day: str, next_day: int, next_month: int
) -> None:
    found = Periods(now)
    assert (found.month, found.day) == (month, day)
    assert (found.next_day, found.next_month) == (next_day, next_month)


def test_periods_every_day_of_four_years_agrees_with_the_calendar() -> None:
    day = datetime(2025, 1, 1, 13, 7, tzinfo=timezone.utc)
    while day.year < 2029:
        found = Periods(day.timestamp())
        midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
        first = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=timezone.utc)
        assert (found.next_day, found.next_month) == (midnight.timestamp(), first.timestamp())
        day += timedelta(days=1)
