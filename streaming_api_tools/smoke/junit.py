"""Writes JUnit XML: a test case for the verdict and one for each check, with the measures as properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..checks.result import CheckResult
from ..measure.series import Conclusion
from ..measure.verdicts import FAILED, OUTCOMES, PASSED


def case_of(conclusion: Conclusion) -> CheckResult:
    """Return the test case of a series of runs: what could not be decided is an error."""
    code = OUTCOMES[conclusion.verdict].exit_code
    outcome = {PASSED: "passed", FAILED: "failure"}.get(code, "error")
    message = "; ".join((conclusion.verdict.value, *conclusion.evidence))
    return CheckResult("streams", outcome, message, conclusion.metrics)


def junit(target: str, cases: Sequence[CheckResult], timestamp: str) -> str:
    """Return the document.

    :param timestamp: ISO 8601, of the start
    """
    outcomes = Counter(case.outcome for case in cases)
    suite = ET.Element(
        "testsuite",
        name="streaming-api smoke",
        hostname=target,
        timestamp=timestamp,
        tests=str(len(cases)),
        failures=str(outcomes["failure"]),
        errors=str(outcomes["error"]),
        skipped=str(outcomes["skipped"]),
    )
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname="streaming-api.smoke", name=case.name)
        if case.properties:
            properties = ET.SubElement(element, "properties")
            for name, value in case.properties.items():
                ET.SubElement(
                    properties,
                    "property",
                    name=name,
                    value=f"{value:g}" if isinstance(value, float) else str(value),
                )
        if case.outcome != "passed":
            ET.SubElement(element, case.outcome, message=_allowed(case.message))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _allowed(text: str) -> str:
    """Return a text without characters that XML forbids; an answer may have put anything into it."""
    return "".join(each if each.isprintable() or each in "\t\n" else "\ufffd" for each in text)
