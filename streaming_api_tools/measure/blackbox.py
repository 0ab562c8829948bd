"""Judges an answer that carries no stamps, from the shape of its arrival alone.

Its blind spots: intervals of up to about 250 ms, and with slow tokens of up to a second, look like a
model that writes in bursts; a guardrail that checks synchronously holds text back by design. A probe route
can tell.
"""

from __future__ import annotations

from itertools import pairwise

from ..client.moments import Ending
from .classify import RunFinding
from .faults import AnswerFault, check_head, error_event
from .metrics import CLUSTER_MS, transfer
from .recording import Recording
from .verdicts import Verdict

BLIND_SPOT = (
    "judged without a schedule: intervals up to 250 ms, or a second where the tokens are slow, go unseen"
)
#: Milliseconds of answer, and pieces of it, below which there is no verdict.
LEAST_MS, LEAST_PIECES = 1000.0, 20
#: Milliseconds in which the densest share of the bytes is looked for.
BURST_MS = 50.0


def classify_unstamped(recording: Recording) -> RunFinding:
    """Return the finding of an answer of an endpoint that is not a probe."""
    try:
        check_head(recording)
        _check_events(recording)
    except AnswerFault as fault:
        measures = transfer(recording, fault.events)
        return RunFinding.of(recording, fault.verdict, (str(fault),), measures)
    measures = transfer(recording, len(recording.arrivals)) | shape(recording)
    verdict, sentence = _judge(measures)
    return RunFinding.of(recording, verdict, (sentence, BLIND_SPOT), measures)


def shape(recording: Recording) -> dict[str, float]:
    """Return the measures of the arrival of bytes."""
    reads, zero = recording.reads, recording.sent.ns if recording.sent else 0
    if not reads:
        return {"spread": 0.0, "burst50": 0.0, "clusters": 0.0}
    moments = [(read.ns - zero) / 1e6 for read in reads]
    total = max((recording.end.ns - zero) / 1e6, 1e-6)
    size = sum(read.size for read in reads)
    start = within = densest = 0
    for end, moment in enumerate(moments):
        within += reads[end].size
        while moment - moments[start] > BURST_MS:
            within -= reads[start].size
            start += 1
        densest = max(densest, within)
    groups = 1 + sum(later - earlier > CLUSTER_MS for earlier, later in pairwise(moments))
    return {"spread": (moments[-1] - moments[0]) / total, "burst50": densest / size, "clusters": groups}


def _judge(measures: dict[str, float]) -> tuple[Verdict, str]:
    spread, burst, groups = measures["spread"], measures["burst50"], measures["clusters"]
    pieces = measures["events"] or measures["bytes"] / 4
    seen = f"spread {spread:.2f}, burst {burst:.2f}, {groups:.0f} clusters"
    if pieces < LEAST_PIECES or measures.get("e2e_ms", 0) < LEAST_MS:
        return Verdict.INCONCLUSIVE, f"the answer is too short to tell ({seen}): ask for a longer one"
    if spread < 0.05 or groups < 2 or burst > 0.9:
        return Verdict.BUFFERED, f"the answer arrived at once ({seen})"
    if groups >= 8 and burst <= 0.35:
        if spread >= 0.25:
            return Verdict.STREAMING, f"the answer arrived piece by piece ({seen})"
        late = (
            "most of the time passed before the first piece: a model that thinks, or what holds the beginning"
        )
        return Verdict.INCONCLUSIVE, f"{late} ({seen})"
    return Verdict.BATCHED, f"the answer arrived in few pieces ({seen})"


def _check_events(recording: Recording) -> None:
    events, end = len(recording.arrivals), recording.end
    for arrival in recording.arrivals:
        if arrival.event.type == "error":
            raise error_event(arrival.event, events)
    if recording.overflow:
        raise AnswerFault(Verdict.BAD_FRAME, f"the answer does not end: {recording.overflow}", events)
    if end.how in (Ending.SILENT, Ending.OVERDUE):
        raise AnswerFault(Verdict.STALLED, f"the answer stopped and was not closed: {end.detail}", events)
    if end.how is not Ending.CLOSED:
        raise AnswerFault(Verdict.TRUNCATED, f"the connection was cut: {end.detail}", events)
