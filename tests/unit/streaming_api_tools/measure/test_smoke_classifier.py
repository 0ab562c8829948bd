"""The classifier on simulated intermediaries: what collects never passes, what streams does."""

from __future__ import annotations

import random

import pytest

from streaming_api_tools.measure.series import conclude
from streaming_api_tools.measure.verdicts import Verdict
from tests.unit.streaming_api_tools.measure.confusion import (
    BEGIN,
    END,
    LIMITS,
    PAGE,
    RUNS,
    runs,
    table,
    verdicts,
)
from tests.unit.streaming_api_tools.measure.intermediaries import batch, buffer, sometimes, stream

#: The docs have the figures of 1000 runs, which take a minute; fewer find what is broken.
COUNTS = pytest.mark.parametrize("count", [100, pytest.param(RUNS, marks=pytest.mark.slow)])


@COUNTS
@pytest.mark.parametrize("name", ["none: the network alone", "jitter of 10 ms", "jitter of 50 ms"])
def test_classifier_true_stream_is_streaming_in_99_of_100_runs(name: str, count: int) -> None:
    assert verdicts(name, count)["STREAMING"] >= 0.99 * count


@COUNTS
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("forwards every 250 ms", {"BATCHED", "INCONCLUSIVE"}),
        ("forwards every 500 ms", {"BATCHED"}),
        ("forwards every 1000 ms", {"BATCHED"}),
        ("buffers the answer", {"BUFFERED"}),
        ("forwards at 1 KB, more than the answer has", {"BUFFERED"}),
        ("forwards at 64 KB, more than the answer has", {"BUFFERED"}),
        ("forwards at 1 KB, events of 200 bytes", {"BATCHED"}),
        ("forwards at 64 KB, events of 16 KB", {"BATCHED"}),
        # the pause may reach the end of the answer, and then nothing tells it from buffering
        ("stalls for 3 s", {"STALLED", "BUFFERED"}),
        ("cuts the connection", {"TRUNCATED"}),
    ],
)
def test_classifier_buffering_intermediary_is_never_streaming(
    name: str, expected: set[str], count: int
) -> None:
    seen = verdicts(name, count)
    assert seen.keys() <= expected
    assert seen["BATCHED"] >= 0.98 * count or "INCONCLUSIVE" not in expected


@COUNTS
def test_classifier_short_intervals_are_streaming_or_inconclusive(count: int) -> None:
    assert verdicts("forwards every 100 ms", count).keys() <= {"STREAMING", "INCONCLUSIVE"}


@COUNTS
def test_classifier_intermittent_buffering_marks_exactly_the_buffered_runs(count: int) -> None:
    seen = verdicts("buffers 15 % of the answers", count)
    assert seen.keys() == {"STREAMING", "BUFFERED"}
    assert seen["BUFFERED"] == pytest.approx(0.15 * count, rel=0.5 if count < RUNS else 0.25)


@pytest.mark.slow
def test_classifier_twenty_runs_find_15_percent_buffering_as_promised() -> None:
    found = 0
    for seed in range(60):
        conclusion = conclude(runs(sometimes(0.15, buffer), 20, seed), LIMITS)
        found += conclusion.verdict is Verdict.BUFFERED
        assert conclusion.verdict is (Verdict.BUFFERED if conclusion.faulty else Verdict.STREAMING)
    # 1 - 0.85 ** 20 = 0.96
    assert found >= 54


def test_classifier_batching_period_is_estimated() -> None:
    for finding in runs(batch(500), 50):
        hold_max = finding.metrics["hold_max_ms"]
        assert 350 <= hold_max <= 501
        assert finding.evidence[0] == f"the period is about {hold_max:.0f} ms"


def test_classifier_late_but_even_events_stream_with_inconclusive_first_byte() -> None:
    def two_seconds_late(written: object, dice: random.Random) -> list[float]:
        return [moment + 2000 for moment in stream(written, dice)]  # type: ignore[arg-type]

    findings = runs(two_seconds_late, 20)
    assert {finding.verdict for finding in findings} == {Verdict.STREAMING}
    conclusion = conclude(findings, LIMITS)
    assert conclusion.verdict is Verdict.INCONCLUSIVE
    assert "first byte" in conclusion.evidence[0]


@pytest.mark.slow
def test_classifier_table_in_docs_equals_its_results() -> None:
    """Within five runs of a thousand: Python 3.12 began to sum floats more exactly."""
    shown = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    for line, expected in zip(shown.splitlines(), table().splitlines(), strict=True):
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        wanted, *counts = (cell.strip() for cell in expected.strip("|").split("|"))
        assert name == wanted, "run python -m tests.unit.streaming_api_tools.measure.confusion"
        if cells[0].isdigit():
            assert [int(cell) for cell in cells] == [pytest.approx(int(count), abs=5) for count in counts]
        else:
            assert cells == counts
