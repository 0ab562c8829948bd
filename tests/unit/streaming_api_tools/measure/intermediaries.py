"""Simulated intermediaries: when each event of a probe is delivered, given when it was written."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from itertools import accumulate

from streaming_api_tools.client.moments import End, Ending, Head, Sent
from streaming_api_tools.client.sse import Event
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.recording import Arrival, Read, Recording

#: Times of writing in milliseconds -> times of delivery; the last of both is the terminal event's.
Intermediary = Callable[[Sequence[float], random.Random], list[float]]
#: Bytes of an event of a probe without padding, about.
EVENT_BYTES = 45


def stream(written: Sequence[float], dice: random.Random) -> list[float]:
    return [moment + dice.uniform(0, 2) for moment in written]


def jitter(most_ms: float) -> Intermediary:
    """Delay each event by up to ``most_ms``, never past the one before it, as TCP delivers."""

    def deliver(written: Sequence[float], dice: random.Random) -> list[float]:
        return list(accumulate((moment + dice.uniform(0, most_ms) for moment in written), max))

    return deliver


def buffer(written: Sequence[float], dice: random.Random) -> list[float]:
    return [written[-1]] * len(written)


def batch(period_ms: float) -> Intermediary:
    """Forward at intervals what was collected."""

    def deliver(written: Sequence[float], dice: random.Random) -> list[float]:
        phase = dice.uniform(0, period_ms)
        return [phase + period_ms * math.ceil((moment - phase) / period_ms) for moment in written]

    return deliver


def flush_at(size: int, event_bytes: int = EVENT_BYTES) -> Intermediary:
    """Forward whenever ``size`` bytes were collected, and the rest at the end."""

    def deliver(written: Sequence[float], dice: random.Random) -> list[float]:
        delivered: list[float] = []
        waiting = 0
        for moment in written:
            waiting += 1
            if waiting * event_bytes >= size:
                delivered += [moment] * waiting
                waiting = 0
        return delivered + [written[-1]] * waiting

    return deliver


def stall(milliseconds: float) -> Intermediary:
    """Deliver nothing for a while in the middle, and then at once what was held."""

    def deliver(written: Sequence[float], dice: random.Random) -> list[float]:
        begin = dice.uniform(0.3, 0.5) * written[-1]
        return [
            begin + milliseconds if begin < moment < begin + milliseconds else moment for moment in written
        ]

    return deliver


def cut(written: Sequence[float], dice: random.Random) -> list[float]:
    """Cut the connection within the answer."""
    return [*written[: dice.randint(1, len(written) - 2)]]


def sometimes(share: float, fault: Intermediary) -> Intermediary:
    """Let a share of the answers meet a fault, and the others none."""

    def deliver(written: Sequence[float], dice: random.Random) -> list[float]:
        return (fault if dice.random() < share else stream)(written, dice)

    return deliver


def through(intermediary: Intermediary, challenge: Challenge, dice: random.Random) -> Recording:
    """Return what a client records of an honest probe behind an intermediary."""
    late = (gap + dice.expovariate(1) for gap in challenge.gaps_ms)
    stamps = list(accumulate(late, initial=challenge.first_ms + dice.uniform(0, 1)))
    network = dice.uniform(5, 200)
    delivered = [moment + network for moment in intermediary([*stamps, stamps[-1]], dice)]
    events = [Event(json.dumps({"i": number, "s": stamp})) for number, stamp in enumerate(stamps)]
    if len(delivered) < len(events):
        end = End(round(delivered[-1] * 1e6), Ending.CUT, "connection reset")
        return recorded(events[: len(delivered)], delivered, end=end)
    return recorded([*events, Event("{}", "done")], delivered)


def recorded(events: Sequence[Event], delivered_ms: Sequence[float], **changes: object) -> Recording:
    """Return the recording of a complete answer whose events arrived at the given times."""
    moments = [round(moment * 1e6) for moment in delivered_ms]
    reads = {moment: moments.count(moment) * EVENT_BYTES for moment in moments}
    answer: dict[str, object] = {
        "end": End(moments[-1], Ending.CLOSED),
        "sent": Sent(0, 1_000_000),
        "head": Head(moments[0], 200, {"content-type": "text/event-stream"}),
        "reads": tuple(Read(moment, size) for moment, size in reads.items()),
        "arrivals": tuple(Arrival(moment, event) for moment, event in zip(moments, events, strict=True)),
    }
    return Recording(**(answer | changes))  # type: ignore[arg-type]
