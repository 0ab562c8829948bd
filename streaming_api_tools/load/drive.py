"""Drives the load: a number of users who wait for their answers, or requests that come when they come."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from ..measure.blackbox import classify_unstamped
from ..measure.cadence import CadenceLimits
from ..measure.challenge import BLACK_BOX, Challenge, draw
from ..measure.classify import classify
from ..measure.lag import longest_ms, observing
from ..measure.runs import BLACK_BOX_PATIENCE, PATIENCE, record
from ..measure.targets import ChallengeTarget
from ..measure.verdicts import Verdict
from .samples import Tally

#: Seconds between two looks at the event loop.
LOOK = 0.02
#: So many requests that find nobody, and no other, end the test.
REFUSALS = 5


@dataclass(frozen=True)
class Load:
    """The amount and the duration of the load.

    :param users: closed load: so many users, each with one request at a time
    :param rate: open load: requests a second, with exponential gaps between them (a Poisson process)
    :param seconds: new requests begin for so long; those that run are waited for
    :param most_requests: the test is over after so many
    :param most_at_once: open load: requests beyond that are dropped and counted
    :param black_box: whether the target is not a probe, so that only the shape of its answers can be judged
    :param patience: seconds that an answer may be late. Default: - as for a single run
    """

    users: int = 0
    rate: float = 0.0
    seconds: float = 10.0
    most_requests: int = 1000
    most_at_once: int = 500
    gaps: int = 16
    gap_ms: tuple[int, int] = (50, 450)
    black_box: bool = False
    seed: int = 0
    patience: float | None = None


def is_dead(tally: Tally) -> bool:
    """Tell whether the first requests found nobody, so that more of them would tell nothing."""
    return tally.requests >= REFUSALS and tally.verdicts[Verdict.UNREACHABLE] == tally.requests


@dataclass(frozen=True)
class _Driving:
    """The state that the requests of a test share.

    :param late: when the event loop of this client woke up late, and by how much
    """

    target: ChallengeTarget
    load: Load
    tally: Tally
    late: list[tuple[int, int]]


async def drive(target: ChallengeTarget, load: Load) -> Tally:
    """Put a target under load and return what happened."""
    tally = Tally()
    dice = random.Random(load.seed)  # noqa: S311 - a schedule, not a secret
    watching = asyncio.ensure_future(_watch(tally))
    try:
        async with observing() as late:
            driving = _Driving(target, load, tally, late)
            if load.users:
                await _closed(driving, dice)
            else:
                await _open(driving, dice)
    finally:
        watching.cancel()
    return tally


async def _one(driving: _Driving, challenge: Challenge, due_ns: int) -> None:
    load = driving.load
    patience = load.patience or (BLACK_BOX_PATIENCE if load.black_box else PATIENCE)
    recording = await record(driving.target, challenge, patience)
    # a client that was busy reads late, and sees together what came one by one
    lag = await longest_ms(driving.late, recording.sent.ns if recording.sent else 0)
    recording = replace(recording, end=replace(recording.end, lag_ms=lag))
    finding = (
        classify_unstamped(recording) if load.black_box else classify(recording, challenge, CadenceLimits())
    )
    driving.tally.add(recording, finding, due_ns)


def _challenge(load: Load, dice: random.Random) -> Challenge:
    return BLACK_BOX if load.black_box else draw(dice, load.gaps, load.gap_ms)


async def _closed(driving: _Driving, dice: random.Random) -> None:
    load, tally = driving.load, driving.tally
    deadline, begun = time.monotonic() + load.seconds, 0

    async def user() -> None:
        nonlocal begun
        while time.monotonic() < deadline and begun < load.most_requests and not is_dead(tally):
            begun += 1
            await _one(driving, _challenge(load, dice), time.perf_counter_ns())

    await asyncio.gather(*(user() for _ in range(load.users)))


async def _open(driving: _Driving, dice: random.Random) -> None:
    load, tally = driving.load, driving.tally
    running: set[asyncio.Task[None]] = set()
    async for due_ns in poisson(load, dice):
        if is_dead(tally):
            break
        if len(running) >= load.most_at_once:
            tally.dropped += 1
            continue
        task = asyncio.create_task(_one(driving, _challenge(load, dice), due_ns))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def poisson(load: Load, dice: random.Random) -> AsyncIterator[int]:
    """Yield each moment at which a request is due, when it is due; a late one delays no other."""
    due = time.perf_counter()
    end = due + load.seconds
    for _ in range(load.most_requests):
        due += dice.expovariate(load.rate)
        if due > end:
            return
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        yield round(due * 1e9)


async def _watch(tally: Tally) -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(LOOK)
        tally.measures["lag_ms"].add((time.perf_counter() - asked - LOOK) * 1000)
