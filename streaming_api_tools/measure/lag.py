"""Observes this client: one that is busy reads late, and sees together what came one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import takewhile

from ..client.moments import End, Moment, Sent
from .challenge import Challenge
from .targets import ChallengeTarget

#: Seconds between two looks at the event loop, and nanoseconds of lateness that are not worth keeping.
LOOK, NOTHING = 0.02, 20_000_000


@dataclass(frozen=True)
class ObservedTarget:
    """Another target, whose exchanges end with how late the event loop of this client was while they ran."""

    target: ChallengeTarget

    def described(self) -> Mapping[str, object]:
        """Return the description of the other target."""
        return self.target.described()

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Pass a challenge on, and add to its end the longest time that this client was late."""
        sent = 0
        async with (
            observing() as late,
            aclosing(self.target.answer(challenge, idle=idle, total=total)) as moments,
        ):
            async for moment in moments:
                if isinstance(moment, Sent):
                    sent = moment.ns
                if isinstance(moment, End):
                    yield replace(moment, lag_ms=await longest_ms(late, sent))
                else:
                    yield moment


@asynccontextmanager
async def observing() -> AsyncGenerator[list[tuple[int, int]], None]:
    """Collect when the event loop of this client woke up late, and by how much, in nanoseconds."""
    late: list[tuple[int, int]] = []
    looking = asyncio.ensure_future(_look(late))
    try:
        yield late
    finally:
        looking.cancel()


async def longest_ms(late: list[tuple[int, int]], since: int) -> float:
    """Return the longest time, in milliseconds, by which this client was late since a moment."""
    # a loop that was held up until now has not looked yet
    await asyncio.sleep(0)
    during = takewhile(lambda each: each[0] > since, reversed(late))
    return max((by for _, by in during), default=0) / 1e6


async def _look(late: list[tuple[int, int]]) -> None:
    while True:
        due = time.perf_counter_ns() + round(LOOK * 1e9)
        await asyncio.sleep(LOOK)
        if (by := (woke := time.perf_counter_ns()) - due) > NOTHING:
            late.append((woke, by))
