"""The JSON that every bench writes to ``bench/out``: ``machine``, ``rows`` and ``targets``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from .machine import Machine, verdict

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "bench" / "out"

Row = dict[str, object]


def target(name: str, value: float, at_most: float | None, digits: int = 3) -> Row:
    """Return a figure and what it may be at most.

    :param at_most: None for a figure that is only told
    """
    met = None if at_most is None else value <= at_most
    return {"name": name, "value": round(value, digits), "target": at_most, "met": met}


def target_lines(targets: Sequence[Mapping[str, object]]) -> list[str]:
    """Return a line for each figure with a target."""
    lines = []
    for each in targets:
        judged = each["target"] is not None
        limit = f"<= {each['target']}" if judged else ""
        told = ("met" if each["met"] else "NOT MET") if judged else ""
        lines.append(f"{each['value']:>9} {limit:<9} {told:<8} {each['name']}")
    return lines


def save(
    bench: str, machine: Machine, rows: Sequence[Row], targets: Sequence[Row], **further: object
) -> dict[str, object]:
    """Write the figures of a bench, and print whether they count.

    :param further: what else is told of the machine
    """
    described = machine.described(**further)
    document: dict[str, object] = {"machine": described, "rows": rows, "targets": targets}
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{bench}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(f"\n{verdict(described)}")
    print(f"written to {path.relative_to(ROOT)}")
    return document
