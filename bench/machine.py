"""What every bench says of the machine, and whether the machine was quiet.

A bench asks for a ``Machine`` before it measures, and for ``described`` afterwards. The load is the number of
processors that are busy, counted by the kernel for some seconds: the load average of a minute would still
have the bench before this one in it.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Busy processors before or after a run above which its figures do not count.
QUIET = 0.5
#: Seconds for which they are counted.
LOOK = 3.0
_STAT = Path("/proc/stat")


def load(seconds: float = LOOK) -> float:
    """Return how many processors are busy; where the kernel does not tell, the load average of a minute."""
    if not _STAT.exists():
        return os.getloadavg()[0]
    before = busy_and_all(_STAT.read_text("ascii"))
    time.sleep(seconds)
    return share(before, busy_and_all(_STAT.read_text("ascii"))) * (os.cpu_count() or 1)


def busy_and_all(stat: str) -> tuple[int, int]:
    """Return the ticks in which processors were busy, and all of their ticks, as /proc/stat has them.

    >>> busy_and_all("cpu  10 0 5 80 5 0 0 2 0 0")
    (17, 102)
    """
    # user, nice, system, idle, iowait, irq, softirq, steal; the two of guests are in user and nice already
    ticks = [int(field) for field in stat.split("\n", 1)[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def share(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the share of ticks that were busy between two looks.

    >>> share((10, 100), (30, 200))
    0.2
    """
    return (after[0] - before[0]) / max(1, after[1] - before[1])


@dataclass(frozen=True)
class Machine:
    """A machine before a run.

    :param before: busy processors before the run
    :param load_average: that of the last minute, which only is told
    """

    before: float
    load_average: float

    @classmethod
    def look(cls) -> Machine:
        """Look at the machine, for some seconds; nothing of the bench may run yet."""
        return cls(load(), os.getloadavg()[0])

    def described(self, **further: object) -> dict[str, object]:
        """Return ``machine`` of the JSON; nothing of the bench may run any more."""
        after = load()
        return {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "load": round(self.before, 2),
            "load after": round(after, 2),
            "quiet": max(self.before, after) <= QUIET,
            "python": platform.python_version(),
            **further,
        }


def verdict(machine: dict[str, object]) -> str:
    """Return the line on the load that a bench prints.

    >>> verdict({"load": 0.1, "load after": 0.2, "quiet": True})
    'busy processors before the run: 0.1, after it: 0.2'
    """
    told = f"busy processors before the run: {machine['load']}, after it: {machine['load after']}"
    if machine["quiet"]:
        return told
    return f"{told}. INVALID: not quiet (at most {QUIET:g}), the figures do not count"


def is_quiet(machine: Mapping[str, object]) -> bool:
    """Tell whether a run counts, from ``machine`` of its JSON; one that counts calls has none."""
    loads = [machine.get(name, 0) for name in ("load", "load after")]
    return machine.get("quiet") is not False and all(
        isinstance(load, (int, float)) and load <= QUIET for load in loads
    )
