"""Write a report as annotations of a workflow of GitHub.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from ..printable import one_line
from ..rules.rule import Finding
from .report import Report

#: How the toolkit of GitHub's actions escapes data, and the values of properties:
#: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def as_annotations(report: Report) -> str:
    """Return a workflow command for each finding and for what was not read, and a summary."""
    commands = [_command(report, each) for each in report.findings]
    not_read = [f"::notice::not read: {_escaped(each, _DATA)}" for each in report.not_read]
    return "\n".join([*commands, *not_read, report.summary()])


def _command(report: Report, found: Finding) -> str:
    properties = {
        "file": report.file(found).as_posix(),
        "line": str(report.line(found)),
        "title": f"{found.rule.id}: {found.rule.title}",
    }
    written = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    place = found.construct_path or found.logical_id
    message = f"{found.message} ({place}, {found.path}); fix: {found.rule.fix}"
    return f"::{found.rule.severity} {written}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(each, each) for each in one_line(text))
