"""Computes the measures of one run, each with its formula: names collide between tools, formulas do not.

``sent`` is when the request's headers were written to the open connection, ``a_k`` is when event k was
complete at the client, ``s_k`` is the handler's own stamp of it. The two clocks need no common zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .recording import Recording
from .statistics import correlation, percentile, permutation_p

#: Milliseconds without an arrival that separate two clusters of events.
CLUSTER_MS = 20.0


@dataclass(frozen=True)
class Metric:
    """A measure of one run.

    :param worst: picks, from several runs, the one that a summary shows
    """

    formula: str
    worst: Callable[[Iterable[float]], float] = max


METRICS: Mapping[str, Metric] = {
    "connect_ms": Metric("connection open - start: name look-up, TCP and TLS"),
    "ttfh_ms": Metric("response headers - sent"),
    "ttfb_ms": Metric("first read of body bytes - sent"),
    "tteo_ms": Metric("first event complete - sent"),
    "e2e_ms": Metric("end of the body - sent"),
    "stall_max_ms": Metric("max of a_(k+1) - a_k"),
    "hold_p50_ms": Metric("median of hold_k = (a_k - s_k) - min over j of (a_j - s_j)"),
    "hold_p95_ms": Metric("95th percentile of hold_k, interpolated linearly"),
    "hold_max_ms": Metric("max of hold_k"),
    "gap_r": Metric("Pearson correlation of a_(k+1) - a_k with s_(k+1) - s_k", min),
    "gap_p": Metric("share of shuffled schedules that correlate as well as the real one (permutation test)"),
    "reads_per_event": Metric("distinct reads that completed an event / events", min),
    "clusters": Metric(f"groups of events that more than {CLUSTER_MS:g} ms separate", min),
    "spread": Metric("(last read - first read) / (end - sent), without a schedule", min),
    "burst50": Metric("largest share of the bytes within 50 ms, without a schedule"),
    "lag_max_ms": Metric("how much later than asked for this client's event loop woke up, at most"),
    "events": Metric("events that arrived, without the terminal one", min),
    "reads": Metric("reads of the socket that brought body bytes", min),
    "bytes": Metric("body bytes as they arrived", min),
}


def transfer(recording: Recording, events: int) -> dict[str, float]:
    """Return the measures that every answer has."""
    values: dict[str, float] = {
        "events": events,
        "reads": len(recording.reads),
        "bytes": sum(read.size for read in recording.reads),
        "lag_max_ms": recording.end.lag_ms,
    }
    if (sent := recording.sent) is None or (head := recording.head) is None:
        return values
    values["connect_ms"] = sent.connect_ns / 1e6
    values["ttfh_ms"] = (head.ns - sent.ns) / 1e6
    values["e2e_ms"] = (recording.end.ns - sent.ns) / 1e6
    if recording.reads:
        values["ttfb_ms"] = (recording.reads[0].ns - sent.ns) / 1e6
    if recording.arrivals:
        values["tteo_ms"] = (recording.arrivals[0].ns - sent.ns) / 1e6
    return values


def holds(arrivals_ms: Sequence[float], stamps_ms: Sequence[float]) -> list[float]:
    """Return by how much each event came later than the one that was carried fastest."""
    delays = [arrival - stamp for arrival, stamp in zip(arrivals_ms, stamps_ms, strict=True)]
    return [delay - min(delays) for delay in delays]


def clusters(arrivals_ms: Sequence[float]) -> list[list[int]]:
    """Return the numbers of the events, grouped where they arrived together."""
    groups = [[0]]
    for number, (earlier, later) in enumerate(pairwise(arrivals_ms), start=1):
        if later - earlier > CLUSTER_MS:
            groups.append([])
        groups[-1].append(number)
    return groups


def cadence(arrivals_ms: Sequence[float], stamps_ms: Sequence[float]) -> dict[str, float]:
    """Return the measures of how the events of a complete answer arrived."""
    held = holds(arrivals_ms, stamps_ms)
    gaps = [later - earlier for earlier, later in pairwise(arrivals_ms)]
    schedule = [later - earlier for earlier, later in pairwise(stamps_ms)]
    return {
        "stall_max_ms": max(gaps),
        "hold_p50_ms": percentile(held, 0.5),
        "hold_p95_ms": percentile(held, 0.95),
        "hold_max_ms": max(held),
        "gap_r": correlation(schedule, gaps),
        "gap_p": permutation_p(schedule, gaps),
        "reads_per_event": len(set(arrivals_ms)) / len(arrivals_ms),
        "clusters": len(clusters(arrivals_ms)),
    }
