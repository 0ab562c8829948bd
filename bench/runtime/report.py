"""Samples to the table and to ``bench/out/runtime.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median

from . import subjects
from .measure import Sample

#: Field of a sample to the head of its column.
COLUMNS = {
    "cold_start": "cold start ms",
    "cold_cpu": "cold CPU ms",
    "cold_first_token": "cold first token ms",
    "first_token": "first token ms",
    "event_p50": "event p50 us",
    "event_p99": "event p99 us",
    "cpu": "CPU ms/150",
    "memory": "peak MB",
}


@dataclass(frozen=True)
class Target:
    """At most how many times as much as something else a row may take."""

    subject: str
    column: str
    other: str
    at_most: float

    @property
    def name(self) -> str:
        """Return the target as a sentence without its number."""
        return f"{COLUMNS[self.column]}: {self.subject} / {self.other}"


OVER_THE_FLOOR = (
    Target(subjects.BARE, "cold_start", subjects.FLOOR, 1.15),
    Target(subjects.BARE_BYTECODE, "cold_start", subjects.FLOOR, 1.05),
)
TARGETS = (
    *OVER_THE_FLOOR,
    Target(subjects.CHAT, "cold_start", subjects.NODE, 0.8),
    Target(subjects.CHAT, "cold_start", subjects.WEB, 0.2),
    *(
        Target(subjects.CHAT, column, other, at_most)
        for column, at_most in (("first_token", 0.35), ("cpu", 0.4), ("memory", 0.3))
        for other in (subjects.NODE, subjects.WEB)
    ),
)


def targets_against(commit: str) -> tuple[Target, ...]:
    """Return the targets of a comparison with another commit: nothing gets worse."""
    # the slowest of 300 events tells more of the machine than of the function
    columns = [column for column in COLUMNS if column != "event_p99"]
    return OVER_THE_FLOOR + tuple(
        Target(name, column, subjects.at(name, commit), 1.0)
        for name in subjects.COMPARED
        for column in columns
    )


#: Samples of each subject, one a round.
Samples = Mapping[str, Sequence[Sample]]


def rows(samples: Samples) -> list[dict[str, object]]:
    """Return a row for each subject: the median of each column over the rounds."""
    return [
        {"name": name, **{field.name: _median(taken, field.name) for field in fields(Sample)}}
        for name, taken in samples.items()
    ]


def targets(samples: Samples, wanted: Sequence[Target] = TARGETS) -> list[dict[str, object]]:
    """Return each target with the median, over the rounds, of the ratio inside a round."""
    return [_target(target, samples) for target in wanted]


def _target(target: Target, samples: Samples) -> dict[str, object]:
    pairs = zip(samples[target.subject], samples[target.other], strict=True)
    value = median(getattr(one, target.column) / getattr(other, target.column) for one, other in pairs)
    return verdict(target.name, value, target.at_most)


def verdict(name: str, value: float, at_most: float) -> dict[str, object]:
    """Return a figure and whether it is at most its target."""
    return {"name": name, "value": round(value, 3), "target": at_most, "met": value <= at_most}


def _median(taken: Sequence[Sample], column: str) -> float | None:
    values = [value for sample in taken if (value := getattr(sample, column)) is not None]
    return round(median(values), 2) if values else None


def table(found_rows: Sequence[Mapping[str, object]], found_targets: Sequence[Mapping[str, object]]) -> str:
    """Return both as text; rows with the same columns are a table of their own."""
    tables: dict[tuple[str, ...], list[Mapping[str, object]]] = {}
    for row in found_rows:
        tables.setdefault(tuple(row), []).append(row)
    lines: list[str] = []
    for columns, alike in tables.items():
        lines += [*_table(columns[1:], alike), ""]
    for target in found_targets:
        told = "met" if target["met"] else "NOT MET"
        lines.append(f"{target['value']:>6} <= {target['target']:<5} {told:<8} {target['name']}")
    return "\n".join(lines)


def _table(columns: Sequence[str], found_rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    width = max(len(str(row["name"])) for row in found_rows)
    heads = {column: COLUMNS.get(column, column) for column in columns}
    yield "  ".join([" " * width, *heads.values()])
    for row in found_rows:
        cells = (_cell(row[column], len(head)) for column, head in heads.items())
        yield "  ".join([f"{row['name']:<{width}}", *cells])


def _cell(value: object, width: int) -> str:
    return f"{'-' if value is None else value:>{width}}"
