"""Write a report for people."""

from __future__ import annotations

import textwrap

from ..printable import one_line
from ..rules.rule import Finding
from .report import Report


def as_table(report: Report) -> str:
    """Return a block for each finding, what was not read, and a summary.

    No name of a template commands a terminal.
    """
    blocks = [f"{_block(each)}\n" for each in report.findings]
    not_read = [f"not read: {one_line(each)}" for each in report.not_read]
    return "\n".join([*blocks, *not_read, report.summary()])


def _block(found: Finding) -> str:
    place = one_line(f"{found.template}: {found.construct_path or found.logical_id}, {found.path}")
    severity = found.rule.severity.name.lower()
    head = f"{severity} {found.rule.id}: {one_line(found.message)}"
    fix = textwrap.wrap(
        f"fix: {found.rule.fix}",
        100,
        subsequent_indent="     ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([head, *(f"  {line}" for line in (place, *fix, found.rule.link))])
