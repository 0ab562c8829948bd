"""Draws one conclusion from the findings of several runs, with its confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .cadence import CadenceLimits
from .classify import RunFinding
from .metrics import METRICS
from .statistics import share_upper_bound
from .verdicts import FAILED, NOT_RUN, OUTCOMES, PASSED, UNDECIDED, Verdict

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Conclusion:
    """The conclusion of a series of runs.

    :param metrics: the worst of the runs, by :data:`~streaming_api_tools.measure.metrics.METRICS`
    :param faulty: runs that failed
    :param decided: runs that passed or failed
    :param faulty_share_upper_bound: largest share of faulty answers that the runs do not rule out, at 95 %
    :param hop: the hop at fault, where it is known: function, gateway or network
    """

    verdict: Verdict
    evidence: tuple[str, ...]
    metrics: Mapping[str, float]
    faulty: int
    decided: int
    faulty_share_upper_bound: float
    hop: str = ""


def conclude(findings: Sequence[RunFinding], limits: CadenceLimits) -> Conclusion:
    """Return the conclusion of all runs: one that failed is enough to fail."""
    verdict, evidence = _agree(findings, limits)
    codes = Counter(OUTCOMES[finding.verdict].exit_code for finding in findings)
    faulty, decided = codes[FAILED], codes[FAILED] + codes[PASSED]
    bound = share_upper_bound(faulty, decided, CONFIDENCE)
    return Conclusion(verdict, evidence, _worst(findings), faulty, decided, bound)


def _agree(findings: Sequence[RunFinding], limits: CadenceLimits) -> tuple[Verdict, tuple[str, ...]]:
    counts = Counter(finding.verdict for finding in findings)
    verdict = _decisive(counts)
    agreeing = [finding for finding in findings if finding.verdict is verdict]
    evidence = agreeing[0].evidence
    if len(counts) > 1:
        shares = ", ".join(f"{count} {which.value}" for which, count in counts.most_common())
        evidence = (f"of {len(findings)} runs: {shares}", *evidence)
    if verdict is Verdict.STREAMING:
        fastest = min(_beginning(finding.metrics) for finding in agreeing)
        if fastest > limits.ttfb_ms:
            late = f"the fastest first byte took {fastest:.0f} ms, the limit is {limits.ttfb_ms:.0f} ms"
            return Verdict.INCONCLUSIVE, (f"{late}: cold starts, or something holds the beginning", *evidence)
    return verdict, evidence


def _beginning(measures: Mapping[str, float]) -> float:
    """Return when an answer to a challenge began; a model is given the time to think.

    An intermediary may send a comment at once and hold the events, so the first of these counts too.
    """
    if "spread" in measures:
        return 0.0
    return max(measures.get("ttfb_ms", 0.0), measures.get("tteo_ms", 0.0))


def _decisive(counts: Counter[Verdict]) -> Verdict:
    """Return the verdict that stands for the series: the most frequent one of the gravest kind that occurred.

    Runs that could not decide count only when they outnumber half of those that passed.
    """
    for exit_code in (FAILED, NOT_RUN, UNDECIDED):
        kind = {which: counts[which] for which in OUTCOMES if OUTCOMES[which].exit_code == exit_code}
        if sum(kind.values()) > (counts[Verdict.STREAMING] / 2 if exit_code == UNDECIDED else 0):
            return max(kind, key=lambda which: kind[which])
    return Verdict.STREAMING


def _worst(findings: Sequence[RunFinding]) -> dict[str, float]:
    return {
        name: metric.worst(values)
        for name, metric in METRICS.items()
        if (values := [finding.metrics[name] for finding in findings if name in finding.metrics])
    }
