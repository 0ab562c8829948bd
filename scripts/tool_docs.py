"""Write the tables in docs/smoke.md, docs/load.md and docs/usage.md that are the code's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cdk_streaming_api._bedrock.price_table import ROWS
from streaming_api_tools.checks.catalogue import CHECKS
from streaming_api_tools.load.samples import DEFINITIONS
from streaming_api_tools.measure.metrics import METRICS
from streaming_api_tools.measure.verdicts import OUTCOMES

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = (DOCS / "smoke.md", DOCS / "load.md", DOCS / "usage.md")


def tables() -> Mapping[str, str]:
    """Return each table by the name in its markers."""
    rows: dict[str, list[tuple[object, ...]]] = {
        "definitions": [
            ("measure", "definition"),
            *((f"`{name}`", text) for name, text in DEFINITIONS.items()),
        ],
        "verdicts": [
            ("verdict", "exit code", "next step"),
            *((f"**{each.value}**", made.exit_code, made.next_step) for each, made in OUTCOMES.items()),
        ],
        "metrics": [
            ("metric", "formula"),
            *((f"`{name}`", metric.formula) for name, metric in METRICS.items()),
        ],
        "checks": [
            ("check", "looks at", "seconds", "requests of a model"),
            *((f"`{name}`", each.about, each.seconds, each.model_requests) for name, each in CHECKS.items()),
        ],
    }
    rows["prices"] = [("model", "prefixes", "USD", "in other tiers"), *_prices()]
    return {name: _table(*each) for name, each in rows.items()}


def _prices() -> Iterator[tuple[str, ...]]:
    for row in filter(None, ROWS.split("\n")):
        prefixes, model, default, *tiers = row.split(" ")
        named = ", ".join("none" if each == "-" else f"`{each}.`" for each in prefixes.split("|"))
        others = "; ".join(each.replace("=", " ").replace(",", ", ") for each in tiers)
        yield f"`{model}`", named, default.replace(",", ", "), others


def _table(head: tuple[object, ...], *rows: tuple[object, ...]) -> str:
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in (head, ("---",) * len(head), *rows))


def marked(name: str) -> tuple[str, str]:
    """Return the markers before and after a table."""
    return f"<!-- {name} -->\n", f"<!-- end of the {name} -->\n"


def render(text: str) -> str:
    """Return a page with its tables as the code has them."""
    for name, table in tables().items():
        begin, end = marked(name)
        if begin in text:
            before, rest = text.split(begin)
            text = f"{before}{begin}{table}{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(render(page.read_text("utf-8")), "utf-8")
