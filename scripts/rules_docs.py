"""Write docs/rules.md: the rules of StreamingRules, from the table that the code uses."""

from __future__ import annotations

from pathlib import Path

from streaming_api_templates.rules.catalogue import RULES
from streaming_api_templates.template.conditions import MAX_EXHAUSTIVE

_HERE = Path(__file__).resolve()
TEMPLATE = _HERE.with_suffix(".md")
PAGE = _HERE.parent.parent / "docs" / "rules.md"


def render() -> str:
    """Return the page."""
    text = TEMPLATE.read_text("utf-8")
    return text.replace("@RULES@", _table()).replace("@EXHAUSTIVE@", str(MAX_EXHAUSTIVE))


def _table() -> str:
    rows = ["| id | severity | what is found | fix |", "|---|---|---|---|"]
    for rule in RULES.values():
        rows.append(f"| [{rule.id}]({rule.link}) | {rule.severity} | {rule.title} | {rule.fix} |")
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), "utf-8")
