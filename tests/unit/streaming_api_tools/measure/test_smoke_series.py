"""What several runs show together."""

from __future__ import annotations

import pytest

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.series import conclude
from streaming_api_tools.measure.verdicts import OUTCOMES, Verdict


def findings(*verdicts: str, ttfb_ms: float = 20) -> list[RunFinding]:
    return [
        RunFinding(Verdict(name), (f"saw {name}",), {"ttfb_ms": ttfb_ms, "gap_r": 1.0}) for name in verdicts
    ]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ("STREAMING STREAMING STREAMING", "STREAMING"),
        ("STREAMING BUFFERED STREAMING", "BUFFERED"),
        ("BATCHED BUFFERED BATCHED", "BATCHED"),
        ("STREAMING STREAMING UNREACHABLE", "UNREACHABLE"),
        ("BUFFERED UNREACHABLE", "BUFFERED"),
        ("STREAMING STREAMING INCONCLUSIVE", "STREAMING"),
        ("STREAMING INCONCLUSIVE", "INCONCLUSIVE"),
        ("STREAMING STREAMING THROTTLED THROTTLED", "THROTTLED"),
        ("AUTH", "AUTH"),
    ],
)
def test_series_conclude_gravest_verdict_decides(runs: str, expected: str) -> None:
    conclusion = conclude(findings(*runs.split()), CadenceLimits())
    assert conclusion.verdict.value == expected
    assert f"saw {expected}" in conclusion.evidence


def test_series_conclude_disagreeing_runs_are_counted() -> None:
    conclusion = conclude(findings("STREAMING", "STREAMING", "BUFFERED"), CadenceLimits())
    assert conclusion.evidence[0] == "of 3 runs: 2 STREAMING, 1 BUFFERED"
    assert (conclusion.faulty, conclusion.decided) == (1, 3)


def test_series_conclude_bound_counts_only_decided_runs() -> None:
    conclusion = conclude(findings("STREAMING", "STREAMING", "STREAMING", "THROTTLED"), CadenceLimits())
    assert conclusion.decided == 3
    assert conclusion.faulty_share_upper_bound == pytest.approx(0.6316, abs=1e-4)


def test_series_conclude_one_cold_start_among_warm_runs_is_streaming() -> None:
    runs = findings("STREAMING", ttfb_ms=4000) + findings("STREAMING", "STREAMING")
    assert conclude(runs, CadenceLimits()).verdict is Verdict.STREAMING
    assert conclude(runs[:1], CadenceLimits()).verdict is Verdict.INCONCLUSIVE


def test_series_conclude_metrics_have_the_worst_of_each() -> None:
    runs = [
        RunFinding(Verdict.STREAMING, ("",), {"ttfb_ms": 10, "gap_r": 0.99}),
        RunFinding(Verdict.STREAMING, ("",), {"ttfb_ms": 30, "gap_r": 0.95}),
    ]
    assert conclude(runs, CadenceLimits()).metrics == {"ttfb_ms": 30, "gap_r": 0.95}


def test_series_every_verdict_has_an_outcome_and_next_step() -> None:
    assert set(OUTCOMES) == set(Verdict)
    assert {verdict for verdict in Verdict if not OUTCOMES[verdict].next_step} == {Verdict.STREAMING}


def test_series_conclude_early_comment_does_not_hide_late_events() -> None:
    held = RunFinding(Verdict.STREAMING, ("seen",), {"ttfb_ms": 1.0, "tteo_ms": 2400.0})
    assert conclude([held], CadenceLimits()).verdict is Verdict.INCONCLUSIVE


def test_series_conclude_model_may_start_later_than_a_probe() -> None:
    model = RunFinding(Verdict.STREAMING, ("seen",), {"ttfb_ms": 2400.0, "tteo_ms": 2400.0, "spread": 0.8})
    assert conclude([model], CadenceLimits()).verdict is Verdict.STREAMING
