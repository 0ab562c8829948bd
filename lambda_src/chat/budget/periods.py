"""Tell the periods of a budget that a moment is in: the day and the month, in UTC."""

from __future__ import annotations

import time

_DAY_SECONDS = 86_400


class Periods:
    """The day and the month of a moment.

    :param now: seconds since the epoch
    """

    __slots__ = ("day", "month", "next_day", "next_month")

    def __init__(self, now: float) -> None:
        at = time.gmtime(now)
        #: ``2026-11``, and the day in it, ``30``
        self.month = f"{at.tm_year:04}-{at.tm_mon:02}"
        self.day = f"{at.tm_mday:02}"
        #: the seconds since the epoch at which each of the two begins anew
        self.next_day = int(now) // _DAY_SECONDS * _DAY_SECONDS + _DAY_SECONDS
        end = self.next_day
        while time.gmtime(end).tm_mon == at.tm_mon:
            end += _DAY_SECONDS
        self.next_month = end
