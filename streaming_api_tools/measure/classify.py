"""Turns a recording into a verdict: pure, so that it is tested on thousands of simulated intermediaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .cadence import CadenceLimits, judge
from .challenge import Challenge
from .faults import AnswerFault, stamps_of
from .metrics import cadence, transfer
from .recording import Recording
from .verdicts import Verdict


@dataclass(frozen=True)
class RunFinding:
    """The result of one run.

    :param evidence: the observations, one sentence each
    :param arrivals_ms: when each event was complete, since the request was sent
    :param stamps_ms: when the handler wrote it, since it began
    :param http_version: the version of HTTP that was spoken. Default: - none was
    """

    verdict: Verdict
    evidence: tuple[str, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)
    arrivals_ms: tuple[float, ...] = ()
    stamps_ms: tuple[float, ...] = ()
    request_id: str = ""
    http_version: str = ""

    @classmethod
    def of(
        cls, recording: Recording, verdict: Verdict, evidence: tuple[str, ...], metrics: Mapping[str, float]
    ) -> RunFinding:
        """Return the finding of a recorded answer."""
        return cls(
            verdict,
            evidence,
            metrics,
            request_id=recording.request_id,
            http_version=recording.http_version,
        )


def classify(recording: Recording, challenge: Challenge, limits: CadenceLimits) -> RunFinding:
    """Return the finding of a recorded answer to a challenge."""
    try:
        stamps = stamps_of(recording, challenge)
    except AnswerFault as fault:
        measures = transfer(recording, fault.events)
        return RunFinding.of(recording, fault.verdict, (str(fault),), measures)
    zero = recording.sent.ns if recording.sent else 0
    arrivals = tuple((arrival.ns - zero) / 1e6 for arrival in recording.arrivals[: len(stamps)])
    measures = transfer(recording, len(stamps)) | cadence(arrivals, stamps)
    verdict, evidence = judge(measures, arrivals, stamps, limits)
    found = RunFinding.of(recording, verdict, evidence, measures)
    return replace(found, arrivals_ms=arrivals, stamps_ms=stamps)
