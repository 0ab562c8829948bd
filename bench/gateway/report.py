"""Samples to the table and to ``bench/out/gateway.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.results import Row, target, target_lines

from .upstream import Carried

ECHO = "bare aiohttp echo"
GATEWAY = "streaming-api local"
AT_MOST_MS = 50.0
AT_MOST_RATIO = 1.2
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


@dataclass(frozen=True)
class Measured:
    """All that was measured.

    :param streams: at the same time, through functions
    :param carried: streams through an HTTP integration
    :param starts: row -> seconds, of each round
    :param idle: server -> KB of an idle connection
    """

    samples: Samples
    streams: int
    memory: Memory
    carried: Carried
    starts: Mapping[str, Sequence[float]]
    idle: Mapping[str, float]


def rows(measured: Measured) -> list[Row]:
    """Return a row for each server, the median of its rounds, and one for whatever else was measured."""
    found: list[Row] = []
    for name, taken in measured.samples.items():
        row: Row = {"name": name, "streams": measured.streams, "chunks": len(taken[0].delays)}
        for rank in (50, 95, 99):
            row[f"p{rank} ms"] = round(median(sample.percentile(rank) for sample in taken), 2)
        row["least p95 ms"] = round(min(sample.percentile(95) for sample in taken), 2)
        row["CPU %"] = round(median(100 * sample.cpu / sample.seconds for sample in taken))
        found.append(row)
    memory, carried = measured.memory, measured.carried
    found.append(
        {
            "name": f"memory of {GATEWAY}",
            "requests": memory.requests,
            "before MB": round(memory.before, 1),
            "after MB": round(memory.after, 1),
        }
    )
    p95 = quantiles(carried.delays, n=100)[94] / 1e6 if carried.delays else None
    found.append(
        {
            "name": f"{GATEWAY}, HTTP integration",
            "streams through it": carried.streams,
            "lost": carried.lost,
            "their chunks": len(carried.delays),
            "their p95 ms": p95 and round(p95, 2),
        }
    )
    starts = {name: round(1000 * median(taken)) for name, taken in measured.starts.items()}
    found += [{"name": name, "median ms": value} for name, value in starts.items()]
    found += [{"name": name, "KB of an idle connection": round(kb, 1)} for name, kb in measured.idle.items()]
    return found


def targets(measured: Measured) -> list[Row]:
    """Return the delay that the gateway adds, its ratio to the echo in a round, memory and lost streams."""
    streams, memory, carried = measured.streams, measured.memory, measured.carried
    pairs = list(zip(measured.samples[GATEWAY], measured.samples[ECHO], strict=True))
    delay = median(sample.percentile(95) for sample, _ in pairs)
    ratio = median(sample.percentile(95) / other.percentile(95) for sample, other in pairs)
    return [
        target(f"p95 delay per chunk at {streams} streams, ms: {GATEWAY}", delay, AT_MOST_MS, 2),
        target(f"p95 delay per chunk at {streams} streams: {GATEWAY} / {ECHO}", ratio, AT_MOST_RATIO, 2),
        target(
            f"memory after {memory.requests} requests: after / before",
            memory.after / memory.before,
            AT_MOST_GROWTH,
            2,
        ),
        target(f"lost of {carried.streams} streams through an HTTP integration", carried.lost, 0),
    ]


def table(found_rows: Sequence[Row], found_targets: Sequence[Row]) -> str:
    """Return both as text."""
    lines = [
        "  ".join(f"{name} {value}" if name != "name" else f"{value:<32}" for name, value in row.items())
        for row in found_rows
    ]
    return "\n".join([*lines, "", *target_lines(found_targets)])
