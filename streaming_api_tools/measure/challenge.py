"""Defines the random-gap challenge: a schedule that only the tester knows, and the probe's answer to it.

The probe waits each gap and stamps each event with the time since its handler began. An intermediary that
collects cannot fake it: it does not know when the bytes were written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from ..client.moments import Request
from ..client.sse import Event
from .statistics import correlation

#: Gaps of one run: enough to tell a schedule from chance, and a run takes about four seconds.
GAPS = 16
GAP_RANGE_MS = (50, 450)
#: With fewer gaps some shuffles of the schedule are too like it for the permutation test.
LEAST_GAPS = 12
#: What the probe route accepts.
MOST_GAPS = 1000
LONGEST_GAP_MS = 60_000
#: Bytes that an event may take on the wire beside its padding.
EVENT_OVERHEAD = 256
#: Bytes for heartbeats and the terminal event.
SLACK = 65_536
#: What is read at most of an endpoint that is not a probe: 4 MiB, more text than a model writes.
MOST_EVENTS, MOST_BYTES = 65_536, 1 << 22


@dataclass(frozen=True)
class Challenge:
    """One schedule.

    :param gaps_ms: milliseconds that the probe waits before each event after the first
    :param pad: bytes of padding in each event
    :param first_ms: milliseconds that the probe waits before the first event
    :param extra: further fields of the request, such as ``fail_after``
    """

    gaps_ms: tuple[int, ...]
    pad: int = 0
    first_ms: int = 0
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """Number of events of the answer, without the terminal one."""
        return len(self.gaps_ms) + 1

    @property
    def seconds(self) -> float:
        """Duration of the probe's answer."""
        return (self.first_ms + sum(self.gaps_ms)) / 1000

    @property
    def most_bytes(self) -> int:
        """Largest size of an honest answer; reading ends there."""
        return SLACK + self.events * (self.pad + EVENT_OVERHEAD)

    @property
    def most_events(self) -> int:
        """Largest number of events of an honest answer, with the terminal one; reading ends there."""
        return self.events + 1 if self.gaps_ms else MOST_EVENTS

    def request(self, url: str) -> Request:
        """Return the POST that asks for this schedule."""
        body = {"gaps_ms": self.gaps_ms, "pad": self.pad, "first_ms": self.first_ms, **self.extra}
        return Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})


@dataclass(frozen=True)
class RecordedRun:
    """A run of an earlier test.

    :param exchanges: how often its challenge was sent until the answer told something
    """

    challenge: Challenge
    exchanges: int = 1


#: Stands for no schedule, for an endpoint that is not a probe.
BLACK_BOX = Challenge((), pad=MOST_BYTES)


def draw(
    dice: random.Random, gaps: int = GAPS, between_ms: tuple[int, int] = GAP_RANGE_MS, pad: int = 0
) -> Challenge:
    """Draw a schedule with gaps uniform in ``between_ms``."""
    return Challenge(tuple(dice.randint(*between_ms) for _ in range(gaps)), pad)


class BadAnswer(ValueError):
    """Raised when an answer is not that of a probe."""


def stamp_of(event: Event, expected: int) -> float:
    """Return the handler's own time of event number ``expected``, in milliseconds.

    :raises BadAnswer: when it is not that event
    """
    try:
        fields = json.loads(event.data)
        number, stamp = fields["i"], float(fields["s"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise BadAnswer(f"event {expected} is not one of a probe: {event.data[:80]!r}") from None
    if number != expected:
        raise BadAnswer(f"event {expected} was expected, event {number} came")
    return stamp


#: Milliseconds by which a sleep may end early by rounding.
EARLY_MS = 5.0
#: Correlation of the written with the asked gaps that a busy function keeps, and another schedule lacks.
LIKENESS = 0.7


def lateness_ms(challenge: Challenge, stamps: Sequence[float]) -> list[float]:
    """Return by how much each event was written later than it was due."""
    due = accumulate((challenge.first_ms, *challenge.gaps_ms))
    return [stamp - moment for stamp, moment in zip(stamps, due, strict=True)]


def precedes(challenge: Challenge, stamps: Sequence[float]) -> bool:
    """Tell whether an event was written before it was due, which a probe never does.

    The stamps are then of another challenge: of a cached or recorded answer.
    """
    return min(lateness_ms(challenge, stamps)) < -EARLY_MS


def resembles(challenge: Challenge, stamps: Sequence[float]) -> bool:
    """Tell whether the gaps were written as the challenge asks.

    A busy function may be late, and after that the next gap is shorter. The later it is, the less its stamps
    differ from those of another challenge.
    """
    written = [later - earlier for earlier, later in pairwise(stamps)]
    return correlation(challenge.gaps_ms, written) >= LIKENESS
