"""Writes the page of troubleshooting from the catalogue of `streaming-api explain`."""

from __future__ import annotations

from streaming_api_tools.explain.catalogue import KnownIssue, catalogue

INTRO = """\
Every entry is also in the command line: `streaming-api explain` takes an error message, or a log on stdin,
and prints the entries that match. For "it does not stream", start with [`streaming-api smoke`](smoke.md),
which names the fault."""


def page() -> str:
    """Return the page."""
    known = catalogue()
    parts = ["# Troubleshooting", INTRO]
    for section, heading in known.sections.items():
        parts.append(f"## {heading}")
        parts += [_entry(issue) for issue in known.issues if issue.section == section]
    return "\n\n".join(parts) + "\n"


def _entry(issue: KnownIssue) -> str:
    """Return the entry with its collected texts, by which a search engine finds it."""
    lines = [
        f"### {_text(issue.title)}",
        "\n".join(f"    {text}" for text in issue.texts),
        f"**Why:** {_text(issue.cause)}",
        f"**Do:** {_text(issue.fix)}",
        ", ".join(f"[Source {number}]({source})" for number, source in enumerate(issue.sources, start=1)),
    ]
    return "\n\n".join(lines)


def _text(text: str) -> str:
    """Return text of the catalogue, which is plain, as Markdown that shows the same."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
