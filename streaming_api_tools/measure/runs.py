"""Makes the runs: the one place of the tester that waits, reads the clock and opens connections."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from .. import event_loop
from .blackbox import classify_unstamped
from .cadence import CadenceLimits
from .challenge import BLACK_BOX, Challenge, RecordedRun, draw
from .classify import RunFinding, classify
from .recording import Recorder, Recording
from .targets import ChallengeTarget
from .verdicts import OUTCOMES, Verdict

#: Seconds: time for a cold start.
PATIENCE = 20.0
#: Seconds without a byte: a model may think; API Gateway ends a Regional stream after 5 minutes of silence.
BLACK_BOX_PATIENCE = 310.0
#: Seconds: a deployment settles within a minute or two.
RETRY_AFTER = 3.0
#: Times that a run is made until it can be judged: on a busy machine one run in some can not.
ATTEMPTS = 3


@dataclass(frozen=True)
class Plan:
    """The number of runs, and their schedules.

    :param recorded: runs of an earlier test, instead of drawn schedules
    :param black_box: whether the target is not a probe, so that only the shape of its answer can be judged
    """

    runs: int
    seed: int
    gaps: int
    gap_range_ms: tuple[int, int]
    limits: CadenceLimits
    recorded: tuple[RecordedRun, ...] = ()
    black_box: bool = False

    def most_requests(self, wait: float, retry_after: float = RETRY_AFTER) -> int:
        """Return how many requests are sent at most when the first is tried again for ``wait`` seconds."""
        attempts = 1 if self.black_box else ATTEMPTS
        return self.runs * attempts + math.ceil(wait / retry_after)

    def challenges(self) -> Iterator[Challenge]:
        """Yield the schedules; the same seed yields the same ones."""
        if self.recorded:
            yield from (run.challenge for run in self.recorded)
            return
        if self.black_box:
            yield from [BLACK_BOX] * self.runs
            return
        dice = random.Random(self.seed)  # noqa: S311 - unknown to the intermediary, which is all it needs to be
        for _ in range(self.runs):
            yield draw(dice, self.gaps, self.gap_range_ms)


async def record(target: ChallengeTarget, challenge: Challenge, patience: float = PATIENCE) -> Recording:
    """Send one challenge and record the answer.

    :param patience: seconds that the answer may be late beyond the time that the schedule takes
    """
    idle = challenge.seconds + patience
    recorder = Recorder(challenge.most_bytes, challenge.most_events)
    # the answer of an intermediary that collects everything begins only when the schedule is over
    async with aclosing(target.answer(challenge, idle=idle, total=2 * idle)) as moments:
        async for moment in moments:
            if not recorder.take(moment):
                break
    return recorder.recording()


def challenge_once(target: ChallengeTarget, challenge: Challenge, plan: Plan) -> RunFinding:
    """Send one challenge and return the finding of its answer.

    It is sent again while the answer tells nothing. A model is not asked again, since that costs.
    """
    return conclusive(lambda: _attempt(target, challenge, plan), ATTEMPTS if challenge.gaps_ms else 1)


def conclusive(attempt: Callable[[], RunFinding], most: int = ATTEMPTS) -> RunFinding:
    """Return the first finding of at most so many attempts that tells something, or else the last."""
    finding = attempt()
    for made in range(1, most):
        if finding.verdict is not Verdict.INCONCLUSIVE:
            break
        told_nothing = f"attempt {made} of this run told nothing: {finding.evidence[0]}"
        finding = attempt()
        finding = replace(finding, evidence=(*finding.evidence, told_nothing))
    return finding


def _attempt(target: ChallengeTarget, challenge: Challenge, plan: Plan) -> RunFinding:
    # a recorded exchange may be one without a schedule
    unstamped = plan.black_box or not challenge.gaps_ms
    recording = event_loop.run(record(target, challenge, BLACK_BOX_PATIENCE if unstamped else PATIENCE))
    return classify_unstamped(recording) if unstamped else classify(recording, challenge, plan.limits)


def make_runs(
    target: ChallengeTarget,
    plan: Plan,
    wait: float,
    waiting: Callable[[RunFinding, float], None],
    retry_after: float = RETRY_AFTER,
) -> Iterator[tuple[Challenge, RunFinding]]:
    """Yield each run as it is over; end early when another run would tell nothing more.

    :param wait: seconds for which the first run is tried again while it shows what settles after a deploy
    :param waiting: called with the finding that is waited on, and the seconds that are left
    :param retry_after: seconds between two attempts
    """
    if plan.recorded:
        yield from _made_before(target, plan)
        return
    deadline = time.monotonic() + wait
    for number, challenge in enumerate(plan.challenges()):
        finding = challenge_once(target, challenge, plan)
        while number == 0 and OUTCOMES[finding.verdict].settles and (left := deadline - time.monotonic()) > 0:
            waiting(finding, left)
            time.sleep(min(retry_after, left))
            finding = challenge_once(target, challenge, plan)
        yield challenge, finding
        if not OUTCOMES[finding.verdict].again:
            return


def _made_before(target: ChallengeTarget, plan: Plan) -> Iterator[tuple[Challenge, RunFinding]]:
    """Yield each run of a recording.

    Its attempts decide as they did when they were made: what told nothing was tried again, and so was what a
    deployment might settle, in the first run.
    """
    for number, run in enumerate(plan.recorded):
        found = deque(_attempt(target, run.challenge, plan) for _ in range(run.exchanges))
        most = ATTEMPTS if run.challenge.gaps_ms else 1
        finding = conclusive(found.popleft, min(most, len(found)))
        while number == 0 and OUTCOMES[finding.verdict].settles and found:
            finding = conclusive(found.popleft, min(most, len(found)))
        yield run.challenge, finding
        if not OUTCOMES[finding.verdict].again:
            return
