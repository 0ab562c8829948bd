"""Reports the runs: one JSON object for scripts, a table that ends in the verdict for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Protocol

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..checks.result import ERROR, FAILURE, SKIPPED, CheckResult
from ..checks.result import PASSED as CASE_PASSED
from ..measure.challenge import Challenge
from ..measure.classify import RunFinding
from ..measure.metrics import METRICS
from ..measure.runs import Plan
from ..measure.series import CONFIDENCE, Conclusion
from ..measure.targets import ChallengeTarget
from ..measure.verdicts import FAILED, OUTCOMES, PASSED, UNDECIDED, Verdict
from .sparkline import sparkline

#: Raised when a field changes its meaning or goes away; new fields do not raise it.
SCHEMA_VERSION = 1

Runs = Sequence[tuple[Challenge, RunFinding]]
#: Least and most characters of the line that shows the arrivals of a run, and what the table takes beside it.
SPARKLINE, TABLE = (8, 24), 70
#: Title -> how a cell is aligned in plain text.
COLUMNS = {
    "run": ">3",
    "verdict": "<12",
    "events": ">7",
    "first byte": ">10",
    "hold p95": ">8",
    "hold max": ">8",
    "r": ">5",
}


def exit_code(conclusion: Conclusion, checks: Sequence[CheckResult]) -> int:
    """Return the exit code of everything: a check that failed fails runs that passed or told nothing."""
    code = OUTCOMES[conclusion.verdict].exit_code
    if code in (PASSED, UNDECIDED) and any(case.outcome == FAILURE for case in checks):
        return FAILED
    return code or (UNDECIDED if any(case.outcome == ERROR for case in checks) else PASSED)


def document(
    target: ChallengeTarget,
    plan: Plan,
    runs: Runs,
    conclusion: Conclusion,
    checks: Sequence[CheckResult] = (),
) -> dict[str, object]:
    """Return the JSON object of a series of runs."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": conclusion.verdict.value,
        "evidence": list(conclusion.evidence),
        "next_step": OUTCOMES[conclusion.verdict].next_step or None,
        "exit_code": exit_code(conclusion, checks),
        "target": dict(target.described()),
        "hop": conclusion.hop or None,
        "faulty_share": {
            "faulty": conclusion.faulty,
            "decided": conclusion.decided,
            "upper_bound": conclusion.faulty_share_upper_bound,
            "confidence": CONFIDENCE,
            "formula": "one-sided Clopper-Pearson bound of faulty runs / decided runs",
        },
        "metrics": dict(conclusion.metrics),
        "formulas": {name: metric.formula for name, metric in METRICS.items()},
        "limits": asdict(plan.limits),
        "seed": plan.seed,
        "checks": [asdict(case) for case in checks],
        "runs": [_run(challenge, finding) for challenge, finding in runs],
    }


def _run(challenge: Challenge, finding: RunFinding) -> dict[str, object]:
    return {
        "verdict": finding.verdict.value,
        "evidence": list(finding.evidence),
        "metrics": dict(finding.metrics),
        "request_id": finding.request_id or None,
        "http_version": finding.http_version or None,
        "gaps_ms": list(challenge.gaps_ms),
        "arrivals_ms": [round(moment, 3) for moment in finding.arrivals_ms],
        "stamps_ms": [round(moment, 3) for moment in finding.stamps_ms],
    }


def cells(number: int, challenge: Challenge, finding: RunFinding) -> tuple[str, ...]:
    """Return one row of the table."""

    def show(name: str, form: str) -> str:
        return form.format(finding.metrics[name]) if name in finding.metrics else "-"

    return (
        str(number),
        finding.verdict.value,
        f"{finding.metrics.get('events', 0):.0f}/{challenge.events}",
        show("ttfb_ms", "{:.0f} ms"),
        show("hold_p95_ms", "{:.0f} ms"),
        show("hold_max_ms", "{:.0f} ms"),
        show("gap_r", "{:.2f}"),
    )


class Rows(Protocol):
    """A table that takes its rows one by one."""

    def add(self, row: Sequence[str], finding: RunFinding) -> None:
        """Show one more row."""

    def watch(self, reads_ms: Sequence[float], until_ms: float) -> None:
        """Show what has arrived of the answer that is read."""


@dataclass(frozen=True)
class PlainRows:
    """Rows as aligned text, for a log file or a pipe."""

    console: Console

    def add(self, row: Sequence[str], finding: RunFinding | None = None) -> None:
        """Print one row."""
        line = "  ".join(f"{cell:{form}}" for cell, form in zip(row, COLUMNS.values(), strict=True))
        self.console.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)

    def watch(self, reads_ms: Sequence[float], until_ms: float) -> None:
        """Print nothing: what is printed stays."""


@dataclass(frozen=True)
class LiveRows:
    """Rows of a table that is drawn again on a terminal, with the arrivals as a sparkline."""

    live: Live
    table: Table
    width: int
    ascii_only: bool

    def add(self, row: Sequence[str], finding: RunFinding) -> None:
        """Show one more row."""
        number, verdict, *rest = row
        line = self._line(finding.arrivals_ms, finding.metrics.get("e2e_ms", 0))
        self.table.add_row(number, Text(verdict, style(Verdict(verdict))), *rest, line)
        self.live.update(self.table, refresh=True)

    def watch(self, reads_ms: Sequence[float], until_ms: float) -> None:
        """Show the sparkline of the answer that is read below the table."""
        self.live.update(Group(self.table, Text(f" {self._line(reads_ms, until_ms)} ")), refresh=True)

    def _line(self, moments: Sequence[float], until: float) -> str:
        return sparkline(moments, until, self.width, ascii_only=self.ascii_only)


def style(verdict: Verdict) -> str:
    """Return the colour of a verdict; NO_COLOR turns it off."""
    return "bold green" if OUTCOMES[verdict].exit_code == PASSED else "bold red"


@contextmanager
def rows(console: Console) -> Iterator[Rows]:
    """Show a table while runs are made."""
    if console.quiet or not console.is_terminal:
        plain = PlainRows(console)
        plain.add(list(COLUMNS))
        yield plain
        return
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for title, alignment in COLUMNS.items():
        table.add_column(title, justify="left" if alignment.startswith("<") else "right", no_wrap=True)
    least, most = SPARKLINE
    width = max(least, min(most, console.width - TABLE))
    table.add_column("arrivals", width=width, no_wrap=True)
    with Live(table, console=console, auto_refresh=False) as live:
        yield LiveRows(live, table, width, console.options.ascii_only)


def show_case(console: Console, case: CheckResult) -> None:
    """Print the line of a check."""
    colour = {CASE_PASSED: "green", SKIPPED: "yellow"}.get(case.outcome, "red")
    line = Text(f"{case.outcome:<8}", colour)
    console.print(line.append(f" {case.name}: {case.message}", "default"), soft_wrap=True, highlight=False)


def conclude_for_people(console: Console, conclusion: Conclusion) -> None:
    """Print the evidence, how sure it is, the next step and, as the last line, the verdict."""

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    for sentence in conclusion.evidence:
        say(sentence)
    if conclusion.decided:
        bound = f"at most {conclusion.faulty_share_upper_bound:.0%} of all answers do"
        runs = f"{conclusion.faulty} of {conclusion.decided} runs failed"
        say(f"{runs}; {bound}, with {CONFIDENCE:.0%} confidence")
    if step := OUTCOMES[conclusion.verdict].next_step:
        say(f"next: {step}")
    console.print(conclusion.verdict.value, style=style(conclusion.verdict))
