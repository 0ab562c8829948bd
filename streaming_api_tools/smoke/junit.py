"""Writes JUnit XML: a test case for the verdict and one for each check, and the measures as properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..checks.result import CheckResult, outcome_of
from ..measure.series import Conclusion
from ..measure.verdicts import OUTCOMES


def case_of(conclusion: Conclusion, seconds: float = 0.0) -> CheckResult:
    """Return the test case of a series of runs: what could not be decided is an error.

    :param seconds: how long the runs took
    """
    row = OUTCOMES[conclusion.verdict]
    outcome = outcome_of(conclusion.verdict)
    message = "; ".join((conclusion.verdict.value, *conclusion.evidence))
    kind = conclusion.verdict.value
    return CheckResult("streams", outcome, message, conclusion.metrics, kind, row.next_step, seconds)


def junit(target: str, cases: Sequence[CheckResult], timestamp: str) -> str:
    """Return the document, as Jenkins and GitLab read it.

    https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd

    :param timestamp: ISO 8601, of the start
    """
    outcomes = Counter(case.outcome for case in cases)
    suite = ET.Element(
        "testsuite",
        name="streaming-api smoke",
        hostname=_allowed(target),
        timestamp=timestamp,
        time=f"{sum(case.seconds for case in cases):.3f}",
        tests=str(len(cases)),
        failures=str(outcomes["failure"]),
        errors=str(outcomes["error"]),
        skipped=str(outcomes["skipped"]),
    )
    _add_properties(suite, cases)
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname="streaming-api.smoke", name=case.name, time=f"{case.seconds:.3f}"
        )
        if case.outcome == "skipped":
            ET.SubElement(element, case.outcome, message=_allowed(case.message))
        elif case.outcome != "passed":
            kind = case.kind or case.name
            found = ET.SubElement(element, case.outcome, type=kind, message=_allowed(case.message))
            # GitLab shows the text and not the attribute
            found.text = _allowed("\n".join(filter(None, [case.message, _next(case.next_step)])))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _add_properties(suite: ET.Element, cases: Sequence[CheckResult]) -> None:
    # the schema has none within a test case
    measures = {f"{case.name}.{name}": value for case in cases for name, value in case.properties.items()}
    if not measures:
        return
    properties = ET.SubElement(suite, "properties")
    for name, value in measures.items():
        text = f"{value:g}" if isinstance(value, float) else _allowed(str(value))
        ET.SubElement(properties, "property", name=name, value=text)


def _next(step: str) -> str:
    return f"next: {step}" if step else ""


def _allowed(text: str) -> str:
    """Return a text without characters that XML forbids; an answer may have put anything into it."""
    return "".join(each if each.isprintable() or each in "\t\n" else "\ufffd" for each in text)
