"""Shows an answer while it arrives, on a terminal."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from ..client.moments import Moment, Part, Sent
from ..measure.challenge import Challenge
from ..measure.targets import ChallengeTarget

#: Nanoseconds between two drawings: a drawing takes time in which nothing is read.
REDRAW = 100_000_000
#: Arrivals that are kept to be drawn; an endless answer keeps no more.
MOST_ARRIVALS = 10_000


@dataclass(frozen=True)
class WatchedTarget:
    """Another target, whose reads are shown.

    :param show: called with the times of the reads since the request was sent, and of the end of the
        schedule, in milliseconds
    """

    target: ChallengeTarget
    show: Callable[[list[float], float], None]

    def described(self) -> Mapping[str, object]:
        """Return the description of the other target."""
        return self.target.described()

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Pass a challenge on, and show what happens."""
        sent = drawn = 0
        reads: list[float] = []
        async with aclosing(self.target.answer(challenge, idle=idle, total=total)) as moments:
            async for moment in moments:
                yield moment
                if isinstance(moment, Sent):
                    sent = moment.ns
                elif isinstance(moment, Part) and len(reads) < MOST_ARRIVALS:
                    reads.append((moment.ns - sent) / 1e6)
                if (now := time.perf_counter_ns()) - drawn > REDRAW:
                    drawn = now
                    self.show(reads, max(challenge.seconds * 1000, (now - sent) / 1e6))
