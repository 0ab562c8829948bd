"""Write a report as SARIF 2.1.0, which GitHub's code scanning and other tools read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from ..printable import one_line
from ..rules.catalogue import RULES
from ..rules.rule import Finding, Rule
from .for_scripts import dumps
from .report import Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(report: Report) -> str:
    """Return a log with one run: all rules, and a result for each finding."""
    driver = {
        "name": "streaming-api check",
        "rules": [_descriptor(rule) for rule in RULES.values()],
    }
    results = [_result(report, each) for each in report.findings]
    notifications = [
        {"level": "note", "message": {"text": one_line(f"not read: {each}").replace("](", "] (")}}
        for each in report.not_read
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": results,
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _descriptor(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.fix}: {rule.link}"},
        "helpUri": rule.link,
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(report: Report, found: Finding) -> dict[str, object]:
    file = report.file(found)
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file)},
            "region": {"startLine": report.line(found)},
        },
        "logicalLocations": [
            {
                "name": found.logical_id,
                "fullyQualifiedName": f"{found.construct_path or found.logical_id}/{found.path}",
                "kind": "resource",
            }
        ],
    }
    return {
        "ruleId": found.rule.id,
        "ruleIndex": list(RULES).index(found.rule.id),
        "level": str(found.rule.severity),
        # a viewer would make a link of [text](target)
        "message": {"text": one_line(f"{found.message}; fix: {found.rule.fix}").replace("](", "] (")},
        "locations": [location],
        "partialFingerprints": {"place/v1": f"{found.template}#{found.logical_id}/{found.path}"},
    }


def _uri(file: Path) -> str:
    return file.as_uri() if file.is_absolute() else quote(file.as_posix())
