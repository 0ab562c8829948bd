"""Judges how the events of a complete answer arrived: as they were written, at intervals, or at the end.

Slope, spread and the time to the first byte are all fooled by an intermediary that batches; the hold of each
event and the correlation with a random schedule are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .metrics import clusters, holds
from .verdicts import Verdict

#: Of the stream's duration: what is held longer came at the end.
BUFFERED_SHARE = 0.8
#: Milliseconds that a client must have been late for at least, to blame it.
LEAST_LAG_MS = 100.0
#: Pieces that must have arrived in time for a later pause to be one pause, and not a long period.
FLOWING_PIECES = 2


@dataclass(frozen=True)
class CadenceLimits:
    """The limits of an answer that streams.

    :param hold_p95_ms: 95th percentile of the hold. Default: 150, room for the jitter of a network
    :param hold_max_ms: longest hold. Default: 500, room for one lost packet
    :param gap_r: least correlation with the schedule. Default: 0.9
    :param gap_p: largest probability that a shuffled schedule correlates as well. Default: 0.001
    :param reads_per_event: least share of events that arrived by themselves. Default: 0.9, so that intervals
        of 250 ms, which fit the other limits once in some thousand runs, do not pass
    :param ttfb_ms: longest time to the first byte of the fastest run. Default: 1000
    """

    hold_p95_ms: float = 150.0
    hold_max_ms: float = 500.0
    gap_r: float = 0.9
    gap_p: float = 0.001
    reads_per_event: float = 0.9
    ttfb_ms: float = 1000.0


def misses(measures: Mapping[str, float], limits: CadenceLimits) -> dict[str, str]:
    """Return a sentence for each limit that the measures do not keep, by the name of the measure."""
    hold_p95, hold_max = measures["hold_p95_ms"], measures["hold_max_ms"]
    r, p, reads = measures["gap_r"], measures["gap_p"], measures["reads_per_event"]
    found = {}
    if hold_p95 > limits.hold_p95_ms:
        found["hold_p95_ms"] = f"p95 of the hold is {hold_p95:.0f} ms, the limit {limits.hold_p95_ms:.0f} ms"
    if hold_max > limits.hold_max_ms:
        found["hold_max_ms"] = f"the longest hold is {hold_max:.0f} ms, the limit {limits.hold_max_ms:.0f} ms"
    if r < limits.gap_r or p > limits.gap_p:
        found["gap_r"] = f"the arrivals do not follow the schedule (r={r:.2f}, p={p:.4f})"
    if reads < limits.reads_per_event:
        found["reads_per_event"] = f"only {reads:.0%} of the events arrived by themselves"
    return found


def judge(
    measures: Mapping[str, float],
    arrivals_ms: Sequence[float],
    stamps_ms: Sequence[float],
    limits: CadenceLimits,
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict on a complete answer and the evidence for it."""
    missed = misses(measures, limits)
    evidence = tuple(missed.values())
    hold_max = measures["hold_max_ms"]
    if not missed:
        return Verdict.STREAMING, (
            f"each of {measures['events']:.0f} events arrived within {hold_max:.0f} ms of the fastest, on the"
            f" random schedule (r={measures['gap_r']:.2f}, p={measures['gap_p']:.4f})",
        )
    duration = stamps_ms[-1] - stamps_ms[0]
    if duration <= limits.hold_p95_ms:
        short = f"all was written within {duration:.0f} ms, which tells nothing: ask for longer gaps"
        return Verdict.INCONCLUSIVE, (short, *evidence)
    lag = measures["lag_max_ms"]
    if lag > LEAST_LAG_MS and hold_max - lag <= limits.hold_p95_ms:
        busy = f"this client did nothing for {lag:.0f} ms, which explains what was held"
        return Verdict.INCONCLUSIVE, (busy, *evidence)
    if measures["clusters"] == 1 or measures["hold_p95_ms"] >= BUFFERED_SHARE * duration:
        within = arrivals_ms[-1] - arrivals_ms[0]
        return Verdict.BUFFERED, (f"{duration:.0f} ms of writing arrived within {within:.0f} ms", *evidence)
    if not missed.keys() & {"hold_p95_ms", "hold_max_ms"}:
        return Verdict.INCONCLUSIVE, (
            *evidence,
            "yet none was held beyond the limits: jitter, or short intervals",
        )
    if hold_max > limits.hold_max_ms and _flowed_but_once(arrivals_ms, stamps_ms, limits):
        pause = f"one pause of {measures['stall_max_ms']:.0f} ms in a stream that flowed before it"
        return Verdict.STALLED, (pause, *evidence)
    return Verdict.BATCHED, (f"the period is about {hold_max:.0f} ms", *evidence)


def _flowed_but_once(arrivals_ms: Sequence[float], stamps_ms: Sequence[float], limits: CadenceLimits) -> bool:
    """Tell whether all that was held came in one piece, with pieces before it that were not held."""
    held = holds(arrivals_ms, stamps_ms)
    late = [max(held[k] for k in group) > limits.hold_p95_ms for group in clusters(arrivals_ms)]
    return late.count(True) == 1 and late.index(True) >= FLOWING_PIECES
