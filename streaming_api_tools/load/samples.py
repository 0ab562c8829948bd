"""Collects the measures of requests under load, in bounded memory."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..client.sse import Event
from ..measure.classify import RunFinding
from ..measure.recording import Recording
from ..measure.statistics import percentile, share_upper_bound
from ..measure.verdicts import Verdict

#: Values of one measure that are kept; of more, a uniform sample (Vitter's algorithm R).
KEPT = 50_000
#: Values below which the 99th percentile is the maximum under another name.
LEAST_FOR_P99 = 100

#: Measure -> its definition; names collide between tools, definitions do not.
DEFINITIONS: Mapping[str, str] = {
    "ttfb_ms": "first read of body bytes - request due",
    "ttft_ms": "first event complete - request due; terminal events are not counted, here and below",
    "itl_ms": "time between two events, of all requests together",
    "stall_ms": "the longest time between two events of a request",
    "e2e_ms": "end of the body - request due",
    "late_ms": "request sent - request due: waiting of this client, which the other measures include",
    "lag_ms": "how much later than asked for this client's event loop woke up",
}
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
COLLECTED = (Verdict.BUFFERED, Verdict.BATCHED)


@dataclass
class Reservoir:
    """A uniform sample of a stream of numbers, and its maximum."""

    size: int = KEPT
    count: int = 0
    most: float = 0.0
    values: list[float] = field(default_factory=list)
    _dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def add(self, value: float) -> None:
        """Take one number."""
        self.count += 1
        self.most = max(self.most, value)
        if len(self.values) < self.size:
            self.values.append(value)
        elif (place := self._dice.randrange(self.count)) < self.size:
            self.values[place] = value

    def summary(self) -> dict[str, float]:
        """Return the percentiles, interpolated linearly, and the maximum; p99 only of 100 values or more."""
        if not self.values:
            return {}
        shares = {
            name: share for name, share in PERCENTILES.items() if name != "p99" or self.count >= LEAST_FOR_P99
        }
        found = {name: percentile(self.values, share) for name, share in shares.items()}
        return {"count": self.count, **found, "max": self.most}


@dataclass
class Tally:
    """All requests of a load test."""

    measures: dict[str, Reservoir] = field(
        default_factory=lambda: {name: Reservoir() for name in DEFINITIONS}
    )
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    first_fault: dict[Verdict, str] = field(default_factory=dict)
    dropped: int = 0

    def add(self, recording: Recording, finding: RunFinding, due_ns: int) -> None:
        """Take one request that is over.

        :param due_ns: when it was due; from then on its user waits, also while this client is busy
        """
        self.verdicts[finding.verdict] += 1
        self.first_fault.setdefault(finding.verdict, finding.evidence[0])
        if recording.sent is None or not recording.reads:
            return

        def since_due(ns: int) -> float:
            return (ns - due_ns) / 1e6

        self.measures["late_ms"].add(max(0.0, since_due(recording.sent.ns - recording.sent.connect_ns)))
        self.measures["ttfb_ms"].add(since_due(recording.reads[0].ns))
        self.measures["e2e_ms"].add(since_due(recording.end.ns))
        arrivals = [arrival.ns for arrival in recording.arrivals if not terminal(arrival.event)]
        gaps = [(later - earlier) / 1e6 for earlier, later in pairwise(arrivals)]
        if arrivals:
            self.measures["ttft_ms"].add(since_due(arrivals[0]))
        for gap in gaps:
            self.measures["itl_ms"].add(gap)
        if gaps:
            self.measures["stall_ms"].add(max(gaps))

    @property
    def requests(self) -> int:
        """Number of finished requests."""
        return sum(self.verdicts.values())

    @property
    def errors(self) -> int:
        """Number of requests without a complete answer."""
        answered = (Verdict.STREAMING, Verdict.INCONCLUSIVE, *COLLECTED)
        return self.requests - sum(self.verdicts[verdict] for verdict in answered)

    @property
    def collected(self) -> int:
        """Number of answers that were collected on the way."""
        return sum(self.verdicts[verdict] for verdict in COLLECTED)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the summary of each measure that has values."""
        return {name: found for name, each in self.measures.items() if (found := each.summary())}

    def collected_upper_bound(self) -> float:
        """Return the largest share of collected answers that the requests do not rule out, at 95 %.

        An answer that was too short to judge rules nothing out.
        """
        return share_upper_bound(self.collected, self.collected + self.verdicts[Verdict.STREAMING])


def terminal(event: Event) -> bool:
    """Tell whether an event only ends the answer: this project's, and OpenAI's."""
    return event.type == "done" or event.data == "[DONE]"


def flatten(rows: Sequence[tuple[str, Mapping[str, float]]]) -> list[tuple[str, ...]]:
    """Return the rows of a table of measures."""
    columns = (*PERCENTILES, "max")
    return [(name, *(f"{row[each]:.0f}" if each in row else "-" for each in columns)) for name, row in rows]
