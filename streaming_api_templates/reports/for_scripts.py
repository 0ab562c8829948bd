"""Write a report as one JSON object."""

from __future__ import annotations

import json

from ..rules.rule import Finding
from .report import Report


def dumps(value: object) -> str:
    """Return JSON with nothing in it that a terminal or GitHub's runner would obey."""
    written = json.dumps(value, indent=2)
    return written.replace("##[", "##\\u005b").replace("\x7f", "\\u007f")


def as_json(report: Report) -> str:
    """Return an object whose ``findings`` have the names that scripts read; they are contract."""
    findings = [_fields(each) for each in report.findings]
    return dumps({"findings": findings, "not_read": list(report.not_read)})


def _fields(found: Finding) -> dict[str, str | None]:
    return {
        "rule": found.rule.id,
        "severity": str(found.rule.severity),
        "template": found.template,
        "logical_id": found.logical_id,
        "path": found.path,
        "construct_path": found.construct_path,
        "message": found.message,
        "fix": found.rule.fix,
        "link": found.rule.link,
    }
