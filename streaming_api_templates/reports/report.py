"""Hold what a check found, as every form of its output needs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..rules.rule import Finding, Severity


@dataclass(frozen=True)
class Report:
    """Everything that a check found.

    :param path: the template or the directory that was asked for
    :param findings: those that were not acknowledged
    :param acknowledged: how many others there are
    :param templates: how many templates were read
    :param not_read: what is in them and was not read, with the reason. Default: - nothing
    """

    path: Path
    findings: Sequence[Finding]
    acknowledged: int
    templates: int
    not_read: Sequence[str] = ()

    def file(self, finding: Finding) -> Path:
        """Return the file of the template that a finding is in, from where the command runs."""
        return self.path / finding.template if self.path.is_dir() else self.path

    def line(self, finding: Finding) -> int:
        """Return the line on which the resource of a finding begins, 1 where it cannot be told."""
        try:
            content = self.file(finding).read_text("utf-8-sig")
        except (OSError, ValueError):
            return 1
        name = re.compile(rf"""^\s*["']?{re.escape(finding.logical_id)}["']?\s*:""")
        numbered = enumerate(content.splitlines(), 1)
        return next((number for number, line in numbered if name.match(line)), 1)

    def summary(self) -> str:
        """Return the counts in a line."""
        errors = sum(each.rule.severity is Severity.ERROR for each in self.findings)
        rest = f", {self.acknowledged} acknowledged" if self.acknowledged else ""
        return (
            f"{_count(errors, 'error')}, {_count(len(self.findings) - errors, 'warning')}{rest} "
            f"in {_count(self.templates, 'template')}"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
