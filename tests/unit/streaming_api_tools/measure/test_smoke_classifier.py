"""The classifier on simulated intermediaries: what collects never passes, what streams does."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from streaming_api_tools.client.moments import Sent
from streaming_api_tools.measure.challenge import draw
from streaming_api_tools.measure.classify import classify
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
from tests.unit.streaming_api_tools.measure.intermediaries import batch, buffer, sometimes, stream, through


@pytest.mark.parametrize("name", ["none: the network alone", "jitter of 10 ms", "jitter of 50 ms"])
def test_classifier_true_stream_is_streaming_in_99_of_100_runs(name: str) -> None:
    assert verdicts(name)["STREAMING"] >= 0.99 * RUNS


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
def test_classifier_buffering_intermediary_is_never_streaming_in_1000_runs(
    name: str, expected: set[str]
) -> None:
    seen = verdicts(name)
    assert seen.keys() <= expected
    assert seen["BATCHED"] >= 0.99 * RUNS or "INCONCLUSIVE" not in expected


def test_classifier_short_intervals_are_streaming_or_inconclusive() -> None:
    assert verdicts("forwards every 100 ms").keys() <= {"STREAMING", "INCONCLUSIVE"}


def test_classifier_intermittent_buffering_marks_exactly_the_buffered_runs() -> None:
    seen = verdicts("buffers 15 % of the answers")
    assert seen.keys() == {"STREAMING", "BUFFERED"}
    assert seen["BUFFERED"] == pytest.approx(0.15 * RUNS, rel=0.25)


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


@pytest.mark.parametrize(("sent", "since"), [(Sent(5_000_000, 6_000_000), 5.0), (None, 0.0)])
def test_classifier_arrivals_count_from_the_moment_of_sending(sent: Sent | None, since: float) -> None:
    dice = random.Random(1)
    challenge = draw(dice)
    recording = replace(through(stream, challenge, dice), sent=sent)
    arrivals = [arrival.ns / 1e6 - since for arrival in recording.arrivals[: len(challenge.gaps_ms) + 1]]
    assert classify(recording, challenge, LIMITS).arrivals_ms == pytest.approx(arrivals)


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
