"""Makes the runs: the one place of the tester that waits, reads the clock and opens connections."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..exchange import Request
from ..http_post import post
from ..sigv4 import Signer
from .cadence import Limits
from .challenge import Challenge, draw
from .classify import Finding, classify
from .recording import Recorder, Recording
from .verdicts import OUTCOMES

#: Seconds: time for a cold start.
PATIENCE = 20.0
#: Seconds: a deployment settles within a minute or two.
RETRY_AFTER = 3.0


@dataclass(frozen=True)
class Target:
    """What is challenged: a probe route, and what a request to it needs."""

    url: str
    headers: Mapping[str, str]
    signer: Signer | None

    def request(self, challenge: Challenge) -> Request:
        """Return the request for one challenge, signed now."""
        request = challenge.request(self.url)
        request = replace(request, headers={**request.headers, **self.headers})
        return self.signer.sign(request) if self.signer else request


@dataclass(frozen=True)
class Plan:
    """How often and with which schedules."""

    runs: int
    seed: int
    gaps: int
    gap_range_ms: tuple[int, int]
    limits: Limits

    def challenges(self) -> Iterator[Challenge]:
        """Yield the schedules; the same seed yields the same ones."""
        dice = random.Random(self.seed)  # noqa: S311 - unknown to the intermediary, which is all it needs to be
        for _ in range(self.runs):
            yield draw(dice, self.gaps, self.gap_range_ms)


async def record(target: Target, challenge: Challenge, patience: float = PATIENCE) -> Recording:
    """Send one challenge and record what comes back.

    :param patience: seconds that the answer may be late beyond the time that the schedule takes
    """
    idle = challenge.seconds + patience
    recorder = Recorder(challenge.most_bytes, challenge.events + 1)
    # the answer of an intermediary that collects everything begins only when the schedule is over
    async with aclosing(post(target.request(challenge), idle=idle, total=2 * idle)) as moments:
        async for moment in moments:
            if not recorder.take(moment):
                break
    return recorder.recording()


def challenge_once(target: Target, challenge: Challenge, limits: Limits) -> Finding:
    """Send one challenge and say what the answer shows."""
    return classify(asyncio.run(record(target, challenge)), challenge, limits)


def make_runs(
    target: Target,
    plan: Plan,
    wait: float,
    waiting: Callable[[Finding, float], None],
    retry_after: float = RETRY_AFTER,
) -> Iterator[tuple[Challenge, Finding]]:
    """Yield each run as it is over; end early when another run would tell nothing more.

    :param wait: seconds for which the first run is tried again while it shows what settles after a deploy
    :param waiting: told what is waited for, and the seconds that are left
    :param retry_after: seconds between two attempts
    """
    deadline = time.monotonic() + wait
    for number, challenge in enumerate(plan.challenges()):
        finding = challenge_once(target, challenge, plan.limits)
        while number == 0 and OUTCOMES[finding.verdict].settles and (left := deadline - time.monotonic()) > 0:
            waiting(finding, left)
            time.sleep(min(retry_after, left))
            finding = challenge_once(target, challenge, plan.limits)
        yield challenge, finding
        if not OUTCOMES[finding.verdict].again:
            return
