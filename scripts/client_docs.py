"""Write docs/clients.md from the results of the last run of tests/all_clients."""

from __future__ import annotations

import json
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
RESULTS = _ROOT / "tests" / "all_clients" / "results.json"
PAGE = _ROOT / "docs" / "clients.md"
TEMPLATE = Path(__file__).with_name("client_docs.md")
#: Scenario -> the head of its column.
COLUMNS = {
    "text": "text",
    "stream": "stream",
    "tools": "tools",
    "structured": "structured",
    "image": "image",
    "pdf": "PDF",
    "thinking": "thinking",
    "usage": "usage",
    "filtered": "filtered",
    "refused": "refused",
    "throttled": "429",
    "retry": "retry",
    "failure": "failure",
    "cut": "cut",
    "truncation": "truncation",
}
#: How a cell begins that has a reason, and what the table says.
REASONED = {"without: ": "-", "fails: ": "no"}


class Notes:
    """The reasons, each with one number."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def cell(self, told: str) -> str:
        """Return a cell of the table."""
        for begin, word in REASONED.items():
            if told.startswith(begin):
                reason = told.removeprefix(begin)
                if reason not in self.reasons:
                    self.reasons.append(reason)
                return f"{word} ({self.reasons.index(reason) + 1})"
        works, *lacks = told.split("; without ")
        return ", ".join([works, *(f"no {self.cell_of_mode(each)}" for each in lacks)])

    def cell_of_mode(self, lacking: str) -> str:
        """Return a way to ask for an object that a client does not have."""
        mode, reason = lacking.split(": ", 1)
        return self.cell(f"fails: {reason}").replace("no", mode, 1)


def render() -> str:
    """Return the page."""
    notes = Notes()
    rows = ["| client | version | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for row in json.loads(RESULTS.read_text("utf-8")).values():
        cells = [notes.cell(row["cells"].get(name, "not run")) for name in COLUMNS]
        rows.append(f"| {row['title']} | {row['version']} | " + " | ".join(cells) + " |")
    told = [f"{number}. {reason}" for number, reason in enumerate(notes.reasons, 1)]
    page = TEMPLATE.read_text("utf-8").replace("@TABLE@", "\n".join(rows))
    return page.replace("@NOTES@", "\n".join(told) or "None.")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
