"""Samples to the table and to ``bench/out/gateway.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

ECHO = "bare aiohttp echo"
GATEWAY = "streaming-api local"
AT_MOST_MS = 50.0
#: "Flat": what is measured in megabytes is never the same twice.
AT_MOST_GROWTH = 1.05


@dataclass(frozen=True)
class Sample:
    """One run of all streams.

    :param delays: of each chunk, in nanoseconds
    :param cpu: of the server, in seconds
    :param seconds: how long it took
    """

    delays: Sequence[int]
    cpu: float
    seconds: float

    def percentile(self, rank: int) -> float:
        """Return a percentile of the delays in milliseconds."""
        return quantiles(self.delays, n=100)[rank - 1] / 1e6


@dataclass(frozen=True)
class Memory:
    """What the gateway has in megabytes before and after a number of requests, once it is warm."""

    requests: int
    before: float
    after: float


#: Samples of each server, one a round.
Samples = Mapping[str, Sequence[Sample]]


def rows(samples: Samples, streams: int, memory: Memory) -> list[dict[str, object]]:
    """Return a row for each server, the median of its rounds, and one for the memory."""
    found: list[dict[str, object]] = []
    for name, taken in samples.items():
        row: dict[str, object] = {"name": name, "streams": streams, "chunks": len(taken[0].delays)}
        for rank in (50, 95, 99):
            row[f"p{rank} ms"] = round(median(sample.percentile(rank) for sample in taken), 2)
        row["least p95 ms"] = round(min(sample.percentile(95) for sample in taken), 2)
        row["CPU %"] = round(median(100 * sample.cpu / sample.seconds for sample in taken))
        found.append(row)
    found.append(
        {
            "name": f"memory of {GATEWAY}",
            "requests": memory.requests,
            "before MB": round(memory.before, 1),
            "after MB": round(memory.after, 1),
        }
    )
    return found


def targets(samples: Samples, streams: int, memory: Memory) -> list[dict[str, object]]:
    """Return the delay that the gateway adds, its ratio to the echo inside a round, and the memory."""
    pairs = list(zip(samples[GATEWAY], samples[ECHO], strict=True))
    delay = median(sample.percentile(95) for sample, _ in pairs)
    ratio = median(sample.percentile(95) / other.percentile(95) for sample, other in pairs)
    return [
        _target(f"p95 delay per chunk at {streams} streams, ms: {GATEWAY}", delay, AT_MOST_MS),
        {
            "name": f"p95 delay per chunk at {streams} streams: {GATEWAY} / {ECHO}",
            "value": round(ratio, 2),
            "target": None,
            "met": None,
        },
        _target(
            f"memory after {memory.requests} requests: after / before",
            memory.after / memory.before,
            AT_MOST_GROWTH,
        ),
    ]


def _target(name: str, value: float, at_most: float) -> dict[str, object]:
    return {"name": name, "value": round(value, 2), "target": at_most, "met": value <= at_most}


def table(found_rows: Sequence[Mapping[str, object]], found_targets: Sequence[Mapping[str, object]]) -> str:
    """Return both as text."""
    lines = [
        "  ".join(f"{name} {value}" if name != "name" else f"{value:<32}" for name, value in row.items())
        for row in found_rows
    ]
    lines.append("")
    for target in found_targets:
        verdict = {True: "met", False: "NOT MET", None: ""}[target["met"]]  # type: ignore[index]
        limit = "" if target["target"] is None else f"<= {target['target']}"
        lines.append(f"{target['value']:>8} {limit:<8} {verdict:<8} {target['name']}")
    return "\n".join(lines)
