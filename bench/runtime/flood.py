"""What an event costs a function that passes on 10,000 small ones a second."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from .install import ROOT
from .measure import cpu_time, started
from .report import verdict
from .runtime_api import RuntimeApi
from .subjects import Subject

EVENTS = 5_000
A_SECOND = 10_000
#: The last one counts: by then Node.js has compiled what runs often.
INVOCATIONS = 3


@dataclass(frozen=True)
class Flood:
    """What a function took in one round.

    :param event_cpu: microseconds of CPU time for an event, with what it takes to receive it
    :param rate: events a second that arrived
    """

    event_cpu: float
    rate: float


Samples = Mapping[str, Sequence[Flood]]


@contextmanager
def feeder() -> Iterator[int]:
    """Run what the functions pass on; give its port."""
    command = [sys.executable, "-m", "bench.runtime.feeder", str(EVENTS), str(A_SECOND)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        with process.stdout:
            yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def flood(subject: Subject, environment: Mapping[str, str], port: int) -> Flood:
    """Start a function, and have it pass on what the feeder has."""
    event = {"httpMethod": "POST", "path": "/", "body": json.dumps({"port": port})}
    with started(subject, environment) as (api, pid, _):
        assert isinstance(api, RuntimeApi)
        for _ in range(INVOCATIONS):
            before, began = cpu_time(pid), time.monotonic()
            _, arrivals = api.invoke(event)
            seconds = time.monotonic() - began
            api.wait_for_next()
            took = cpu_time(pid) - before
            found = b"".join(data for _, data in arrivals).count(b"data: ")
            if found != EVENTS:
                raise RuntimeError(f"{found} of {EVENTS} events came from {subject.name}")
    return Flood(took / 1e3 / EVENTS, EVENTS / seconds)


def rows(samples: Samples) -> list[dict[str, object]]:
    """Return the median of each function."""
    return [
        {
            "name": name,
            "CPU us/event": round(median(each.event_cpu for each in taken), 2),
            "events/s": round(median(each.rate for each in taken)),
        }
        for name, taken in samples.items()
    ]


def target(samples: Samples, one: str, other: str, at_most: float) -> dict[str, object]:
    """Return the median of the ratios within a round."""
    pairs = zip(samples[one], samples[other], strict=True)
    value = median(ours.event_cpu / theirs.event_cpu for ours, theirs in pairs)
    return verdict(f"CPU us/event: {one} / {other}", value, at_most)
