"""A run that tells nothing is made again, and the report keeps that it was."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest

from streaming_api_tools.client.moments import End, Ending, Head, Moment, Part, Sent
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.recorded import KeptTarget, read_recording
from streaming_api_tools.measure.runs import ATTEMPTS, Plan, make_runs
from streaming_api_tools.measure.series import conclude

PLAN = Plan(1, 3, 12, (50, 450), CadenceLimits())
MS = 1_000_000
#: A lateness that no event has: the whole answer arrives at its end.
COLLECTED = -1


class SimulatedProbe:
    """Answers each challenge in no time, as a probe that is late by so much.

    :param lateness: of each answer in turn: by how many milliseconds each second event is late, or
        :data:`COLLECTED`
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
        collected = late == COLLECTED
        late = 0 if collected else late
        yield Sent(0, 0)
        yield Head(MS, 200, {"content-type": "text/event-stream"})
        stamps = [
            due + late * (number % 2)
            for number, due in enumerate(accumulate((challenge.first_ms, *challenge.gaps_ms)))
        ]
        for number, stamp in enumerate(stamps):
            arrived = stamps[-1] if collected else stamp
            yield Part((10 + arrived) * MS, b"data: %b\n\n" % json.dumps({"i": number, "s": stamp}).encode())
        yield Part((10 + stamps[-1]) * MS, b"event: done\ndata: {}\n\n")
        yield End((11 + stamps[-1]) * MS, Ending.CLOSED)


def runs(probe: SimulatedProbe, plan: Plan = PLAN) -> list[RunFinding]:
    return [finding for _, finding in make_runs(probe, plan, 0, lambda *_: None)]


def judged_again(kept: KeptTarget, path: Path, limits: CadenceLimits = PLAN.limits) -> list[RunFinding]:
    """Write a recording, and judge it."""
    kept.write(path)
    target, recorded = read_recording(path)
    plan = replace(PLAN, limits=limits, recorded=recorded)
    return [finding for _, finding in make_runs(target, plan, 0, lambda *_: None)]


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


@pytest.mark.parametrize(
    ("lateness", "verdicts"),
    [
        ([600, 0], ["STREAMING"]),
        ([600, 600, 0], ["STREAMING"]),
        ([600, 600, 600], ["INCONCLUSIVE"]),
        ([600, COLLECTED], ["BUFFERED"]),
        ([COLLECTED], ["BUFFERED"]),
        ([0, 600, 0, 600, 600, 600], ["STREAMING", "STREAMING", "INCONCLUSIVE"]),
        ([600, 600, 0, COLLECTED, 600, 0], ["STREAMING", "BUFFERED", "STREAMING"]),
    ],
)
def test_smoke_recording_of_attempts_is_judged_as_the_live_runs(
    tmp_path: Path, lateness: list[int], verdicts: list[str]
) -> None:
    kept = KeptTarget(SimulatedProbe(lateness))
    live = []
    for _, finding in make_runs(kept, replace(PLAN, runs=len(verdicts)), 0, lambda *_: None):
        kept.end_run()
        live.append(finding)
    assert [finding.verdict.value for finding in live] == verdicts
    assert len(kept.exchanges) == len(lateness)
    again = judged_again(kept, tmp_path / "kept.json")
    assert again == live
    assert conclude(again, PLAN.limits) == conclude(live, PLAN.limits)


def test_smoke_recording_of_a_deployment_that_settled_is_judged_as_the_live_run(tmp_path: Path) -> None:
    kept = KeptTarget(SimulatedProbe([600, COLLECTED, COLLECTED, 600, 0, 0]))
    live, waited = [], []
    plan = replace(PLAN, runs=2)
    for _, finding in make_runs(kept, plan, 60, lambda found, _: waited.append(found.verdict.value), 0):
        kept.end_run()
        live.append(finding)
    assert waited == ["BUFFERED", "BUFFERED"]
    assert [finding.verdict.value for finding in live] == ["STREAMING", "STREAMING"]
    assert judged_again(kept, tmp_path / "kept.json") == live


def test_smoke_recording_with_other_limits_is_judged_by_them(tmp_path: Path) -> None:
    kept = KeptTarget(SimulatedProbe([600, 0]))
    list(make_runs(kept, PLAN, 0, lambda *_: None))
    stricter = replace(PLAN.limits, hold_p95_ms=0, hold_max_ms=-1)
    (finding,) = judged_again(kept, tmp_path / "kept.json", stricter)
    assert finding.verdict.value != "STREAMING"


@pytest.mark.parametrize(("lateness", "verdicts"), [([600, 0, 0], ["STREAMING"] * 2), ([0], ["STREAMING"])])
def test_smoke_recording_without_runs_has_attempts_of_the_same_schedule(
    tmp_path: Path, lateness: list[int], verdicts: list[str]
) -> None:
    kept = KeptTarget(SimulatedProbe(lateness))
    live = [finding for _, finding in make_runs(kept, replace(PLAN, runs=len(verdicts)), 0, lambda *_: None)]
    for exchange in kept.exchanges:
        del exchange["run"]
    assert judged_again(kept, tmp_path / "kept.json") == live


def test_smoke_plan_counts_the_attempts_of_each_run() -> None:
    assert PLAN.most_requests(0) == ATTEMPTS
    assert Plan(2, 3, 0, (0, 0), CadenceLimits(), black_box=True).most_requests(6) == 4
