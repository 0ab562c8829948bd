"""Writes a summary in Markdown, for a page of a CI service such as ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..checks.result import CheckResult
from ..measure.series import CONFIDENCE, Conclusion
from ..measure.verdicts import OUTCOMES, PASSED
from .report import COLUMNS, Runs, cells

MARKS = {"passed": "pass", "failure": "**fail**", "error": "**undecided**", "skipped": "skipped"}


def markdown(target: str, runs: Runs, conclusion: Conclusion, checks: Sequence[CheckResult] = ()) -> str:
    """Return the summary."""
    outcome = OUTCOMES[conclusion.verdict]
    lines = [f"### {conclusion.verdict.value}: {code(target)}", ""]
    lines += [f"* {escape(sentence)}" for sentence in conclusion.evidence]
    if conclusion.decided:
        bound = f"{conclusion.faulty_share_upper_bound:.0%}"
        failed = f"{conclusion.faulty} of {conclusion.decided} runs failed"
        lines.append(f"* {failed}: at most {bound} of all answers do, with {CONFIDENCE:.0%} confidence")
    if outcome.exit_code != PASSED:
        lines.append(f"* next: {escape(outcome.next_step)}")
    lines += ["", row(COLUMNS), row("---" for _ in COLUMNS)]
    lines += [row(cells(number, *run)) for number, run in enumerate(runs, start=1)]
    if checks:
        lines += ["", row(("check", "result", "what was seen")), row(("---",) * 3)]
        lines += [row((case.name, MARKS[case.outcome], escape(case.message))) for case in checks]
    return "\n".join(lines) + "\n"


def row(values: Iterable[str]) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(values) + " |"


def escape(text: str) -> str:
    """Return a text with Markdown and HTML escaped: an answer may have put anything into it."""
    flat = " ".join(text.split())
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>()#+!|" else each for each in flat)


def code(text: str) -> str:
    """Return a text as it is, in a font for code."""
    return f"`{text.replace('`', chr(39))}`"
