"""The confusion table of the classifier: simulated intermediaries against verdicts, 1,000 runs each.

``python -m tests.unit.streaming_api_tools.measure.confusion`` writes it into docs/smoke.md.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import draw
from streaming_api_tools.measure.classify import RunFinding, classify
from tests.unit.streaming_api_tools.measure.intermediaries import (
    Intermediary,
    batch,
    buffer,
    cut,
    flush_at,
    jitter,
    sometimes,
    stall,
    stream,
    through,
)

PAGE = Path(__file__).resolve().parents[4] / "docs" / "smoke.md"
BEGIN, END = "<!-- confusion table -->\n", "<!-- end of the table -->\n"
RUNS = 1000
LIMITS = CadenceLimits()
COLUMNS = ("STREAMING", "INCONCLUSIVE", "BATCHED", "BUFFERED", "STALLED", "TRUNCATED")
INTERMEDIARIES: Mapping[str, Intermediary] = {
    "none: the network alone": stream,
    "jitter of 10 ms": jitter(10),
    "jitter of 50 ms": jitter(50),
    "forwards every 100 ms": batch(100),
    "forwards every 250 ms": batch(250),
    "forwards every 500 ms": batch(500),
    "forwards every 1000 ms": batch(1000),
    "buffers the answer": buffer,
    "forwards at 1 KB, more than the answer has": flush_at(1024),
    "forwards at 64 KB, more than the answer has": flush_at(65_536),
    "forwards at 1 KB, events of 200 bytes": flush_at(1024, event_bytes=200),
    "forwards at 64 KB, events of 16 KB": flush_at(65_536, event_bytes=16_500),
    "stalls for 3 s": stall(3000),
    "cuts the connection": cut,
    "buffers 15 % of the answers": sometimes(0.15, buffer),
}


def runs(intermediary: Intermediary, count: int, seed: int = 1) -> list[RunFinding]:
    """Challenge an honest probe behind an intermediary so many times."""
    dice = random.Random(seed)
    challenges = [draw(dice) for _ in range(count)]
    return [classify(through(intermediary, challenge, dice), challenge, LIMITS) for challenge in challenges]


@cache
def verdicts(name: str, count: int = RUNS) -> Counter[str]:
    """Return how often each verdict was the answer to one intermediary."""
    return Counter(finding.verdict.value for finding in runs(INTERMEDIARIES[name], count))


def table() -> str:
    """Return the table in Markdown."""
    lines = [("between the probe and the tester", *COLUMNS), ("---", *("--:" for _ in COLUMNS))]
    for name in INTERMEDIARIES:
        seen = verdicts(name)
        assert seen.keys() <= set(COLUMNS), name
        lines.append((name, *(str(seen[column]) for column in COLUMNS)))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write the table into the page."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
