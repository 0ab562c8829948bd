"""A run that tells nothing is made again, and the report keeps that it was."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from itertools import accumulate

import pytest

from streaming_api_tools.client.moments import End, Ending, Head, Moment, Part, Sent
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.runs import ATTEMPTS, Plan, make_runs

PLAN = Plan(1, 3, 12, (50, 450), CadenceLimits())
MS = 1_000_000


class SimulatedProbe:
    """Answers each challenge in no time, as a probe that is late by so much.

    :param lateness: of each answer in turn: by how many milliseconds each second event is late
    """

    def __init__(self, lateness: Sequence[int]) -> None:
        self._lateness: Iterator[int] = iter(lateness)
        self.asked: list[Challenge] = []

    def described(self) -> Mapping[str, object]:
        """Return nothing: no report shows it."""
        return {}

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Yield the moments of one exchange."""
        self.asked.append(challenge)
        late = next(self._lateness)
        yield Sent(0, 0)
        yield Head(MS, 200, {"content-type": "text/event-stream"})
        stamps = [
            due + late * (number % 2)
            for number, due in enumerate(accumulate((challenge.first_ms, *challenge.gaps_ms)))
        ]
        for number, stamp in enumerate(stamps):
            yield Part((10 + stamp) * MS, b"data: %b\n\n" % json.dumps({"i": number, "s": stamp}).encode())
        yield Part((10 + stamps[-1]) * MS, b"event: done\ndata: {}\n\n")
        yield End((11 + stamps[-1]) * MS, Ending.CLOSED)


def runs(probe: SimulatedProbe, plan: Plan = PLAN) -> list[RunFinding]:
    return [finding for _, finding in make_runs(probe, plan, 0, lambda *_: None)]


def test_smoke_attempt_that_tells_nothing_is_made_again_with_its_schedule() -> None:
    probe = SimulatedProbe([600, 0])
    (finding,) = runs(probe)
    assert finding.verdict.value == "STREAMING"
    assert probe.asked[0] == probe.asked[1]
    assert finding.evidence[-1].startswith(
        "attempt 1 of this run told nothing: the function wrote up to 600 ms late"
    )


def test_smoke_attempts_that_all_tell_nothing_are_inconclusive() -> None:
    probe = SimulatedProbe([600] * ATTEMPTS)
    (finding,) = runs(probe)
    assert finding.verdict.value == "INCONCLUSIVE"
    assert len(probe.asked) == ATTEMPTS


@pytest.mark.parametrize("recorded", [True, False])
def test_smoke_attempt_of_a_recording_is_the_only_one(recorded: bool) -> None:
    probe = SimulatedProbe([600] * ATTEMPTS)
    schedule = next(PLAN.challenges())
    plan = Plan(1, 3, 12, (50, 450), CadenceLimits(), (schedule,) if recorded else ())
    assert len(runs(probe, plan)) == 1
    assert len(probe.asked) == (1 if recorded else ATTEMPTS)


def test_smoke_plan_counts_the_attempts_of_each_run() -> None:
    assert PLAN.most_requests(0) == ATTEMPTS
    assert Plan(2, 3, 0, (0, 0), CadenceLimits(), black_box=True).most_requests(6) == 4
