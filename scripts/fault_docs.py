"""Write the fault matrix into docs/security.md, from the table that `make test-faults` runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(_ROOT))

from tests.faults.chat import FAULTS as CHAT_FAULTS  # noqa: E402
from tests.faults.chat import FORMATS, ChatCase, chat_cases  # noqa: E402
from tests.faults.table import DEADLINES, FAULTS, FORMS, Fault, Seen, cases  # noqa: E402

PAGE = _ROOT / "docs" / "security.md"
BEGIN = "<!-- faults: written by scripts/fault_docs.py -->\n"
END = "<!-- end of faults -->\n"


def count() -> int:
    """Return how many cases the matrix has."""
    return len(cases()) + len(chat_cases())


def render(page: str) -> str:
    """Return the page with the matrix between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix()}\n{END}{after}"


def matrix() -> str:
    """Return the matrix in Markdown."""
    events = [form for form in FORMS if form != "plain text"]
    return "\n".join(
        [
            f"`make test-faults` runs {count()} cases: {len(FAULTS)} faults in {len(FORMS)} forms of a",
            f"handler ({', '.join(events)},",
            "which send server-sent events, and a generator of plain text), and",
            f"{len(CHAT_FAULTS)} faults of the model in {len(FORMATS)} formats of the chat function.",
            "",
            "| fault | the client sees | Lambda sees | of plain text, the client sees | Lambda sees |",
            "|---|---|---|---|---|",
            *map(_row, FAULTS),
            *_chat_rows(),
            "",
        ]
    )


def _row(fault: Fault) -> str:
    title = f"at its deadline the handler {fault.title}" if fault in DEADLINES else fault.title
    plain = fault.plain or fault.seen
    return f"| {fault.when} the first byte: {title} | {_cells(fault.seen)} | {_cells(plain)} |"


def _chat_rows() -> Iterator[str]:
    for fault in CHAT_FAULTS:
        by_seen: dict[Seen, list[str]] = {}
        for form in FORMATS:
            by_seen.setdefault(ChatCase(form, fault).seen, []).append(form)
        plain = ChatCase("text", fault).seen
        for seen, forms in by_seen.items():
            if seen != plain:
                yield f"| chat ({', '.join(forms)}): {fault} | {_cells(seen)} | {_cells(plain)} |"


def _cells(seen: Seen) -> str:
    return f"{seen.client} | {seen.runtime}"


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
    print(f"{count()} cases")
