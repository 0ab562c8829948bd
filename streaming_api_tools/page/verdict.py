"""Judges what a page saw of a probe's answer, with the smoke tester's classifier: there is no second one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from ..client.moments import End, Ending, Head, Moment, Part, Sent
from ..measure.cadence import CadenceLimits
from ..measure.challenge import LEAST_GAPS, MOST_GAPS, Challenge, draw
from ..measure.classify import classify
from ..measure.recording import Recorder
from ..measure.verdicts import OUTCOMES, Verdict

#: What the page calls a verdict.
WORDS: Mapping[Verdict, str] = {
    Verdict.STREAMING: "streamed",
    Verdict.BUFFERED: "held back",
    Verdict.BATCHED: "held back",
    Verdict.STALLED: "held back",
    Verdict.TRUNCATED: "cut",
    Verdict.INCONCLUSIVE: "undecided",
}
FAILED = "failed"
NO_REPORT = "the report is not that of a page"
ENDINGS = {"closed": Ending.CLOSED, "cut": Ending.CUT}
NS = 1_000_000
#: What the id of an event takes, where the stream is kept.
ID_BYTES = 64


def new_challenge() -> dict[str, object]:
    """Return the body of a request to a probe, with a schedule that nobody knows before."""
    challenge = draw(random.SystemRandom())
    return {"gaps_ms": challenge.gaps_ms, "pad": challenge.pad, "first_ms": challenge.first_ms}


def verdict_of(report: object) -> dict[str, object]:
    """Return the verdict on an answer, in words for the page.

    :param report: ``gaps_ms`` of the challenge; ``status``, ``type`` and ``head_ms`` of the answer;
        ``reads``, a pair of milliseconds and text each; ``end_ms``, ``ending``, ``detail`` and ``lag_ms``.
        Times are since the request was sent
    :raises ValueError: for anything else
    """
    if not isinstance(report, Mapping):
        raise ValueError(NO_REPORT)
    try:
        challenge = _challenge(report)
        recorder = Recorder(challenge.most_bytes + challenge.events * ID_BYTES, challenge.most_events)
        for moment in _moments(report):
            recorder.take(moment)
    except (LookupError, TypeError, OverflowError) as failure:
        raise ValueError(NO_REPORT) from failure
    finding = classify(recorder.recording(), challenge, CadenceLimits())
    return {
        "word": WORDS.get(finding.verdict, FAILED),
        "verdict": finding.verdict.value,
        "evidence": finding.evidence,
        "next_step": OUTCOMES[finding.verdict].next_step,
    }


def _challenge(report: Mapping[str, Any]) -> Challenge:
    gaps = tuple(int(gap) for gap in report["gaps_ms"])
    if not LEAST_GAPS <= len(gaps) <= MOST_GAPS:
        raise ValueError(f"a schedule has {LEAST_GAPS} to {MOST_GAPS} gaps, got {len(gaps)}")
    return Challenge(gaps)


def _moments(report: Mapping[str, Any]) -> Iterator[Moment]:
    yield Sent(0, 0)
    yield Head(_ns(report["head_ms"]), int(report["status"]), {"content-type": str(report["type"])})
    for at, text in report["reads"]:
        yield Part(_ns(at), str(text).encode("utf-8", "replace"))
    ending, lag = ENDINGS[report["ending"]], float(report["lag_ms"])
    yield End(_ns(report["end_ms"]), ending, str(report.get("detail", "")), lag)


def _ns(ms: float) -> int:
    return round(ms * NS)
