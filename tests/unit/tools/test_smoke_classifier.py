"""The classifier on simulated intermediaries: what collects never passes, what streams does."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from streaming_api_tools.smoke.cadence import Limits
from streaming_api_tools.smoke.challenge import draw
from streaming_api_tools.smoke.classify import Finding, classify
from streaming_api_tools.smoke.series import conclude
from streaming_api_tools.smoke.verdicts import Verdict
from tests.unit.tools.intermediaries import (
    Intermediary,
    batch,
    buffer,
    flush_at,
    jitter,
    sometimes,
    stall,
    stream,
    through,
)

LIMITS = Limits()


def runs(intermediary: Intermediary, count: int, seed: int = 1) -> list[Finding]:
    dice = random.Random(seed)
    challenges = [draw(dice) for _ in range(count)]
    return [classify(through(intermediary, challenge, dice), challenge, LIMITS) for challenge in challenges]


def verdicts(intermediary: Intermediary, count: int) -> Counter[str]:
    return Counter(finding.verdict.value for finding in runs(intermediary, count))


@pytest.mark.parametrize(
    "intermediary", [stream, jitter(10), jitter(50)], ids=["plain", "jitter10", "jitter50"]
)
def test_a_true_stream_is_streaming_in_99_of_100_runs(intermediary: Intermediary) -> None:
    assert verdicts(intermediary, 500)["STREAMING"] >= 495


@pytest.mark.parametrize(
    ("intermediary", "expected"),
    [
        pytest.param(buffer, {"BUFFERED"}, id="buffer"),
        pytest.param(flush_at(1024), {"BUFFERED"}, id="1 KB, more than the answer has"),
        pytest.param(flush_at(65_536), {"BUFFERED"}, id="64 KB, more than the answer has"),
        pytest.param(flush_at(1024, event_bytes=200), {"BATCHED"}, id="1 KB of padded events"),
        pytest.param(flush_at(65_536, event_bytes=16_500), {"BATCHED"}, id="64 KB of padded events"),
        pytest.param(batch(250), {"BATCHED", "INCONCLUSIVE"}, id="every 250 ms"),
        pytest.param(batch(500), {"BATCHED"}, id="every 500 ms"),
        pytest.param(batch(1000), {"BATCHED"}, id="every second"),
        # with a period that is nearly the duration there may be but one delivery
        pytest.param(batch(3000), {"BATCHED", "BUFFERED"}, id="every 3 seconds"),
        # the pause may reach the end of the answer, and then nothing tells it from buffering
        pytest.param(stall(3000), {"STALLED", "BUFFERED"}, id="a pause of 3 seconds"),
    ],
)
def test_what_collects_is_never_streaming_and_is_called_by_its_name(
    intermediary: Intermediary, expected: set[str]
) -> None:
    assert set(verdicts(intermediary, 300)) <= expected


def test_intervals_of_250_ms_do_not_pass_in_thousands_of_runs_and_are_nearly_always_named() -> None:
    seen = verdicts(batch(250), 1500)
    assert seen["STREAMING"] == 0
    assert seen["BATCHED"] >= 1485


def test_the_period_of_batching_is_estimated() -> None:
    for finding in runs(batch(500), 50):
        hold_max = finding.metrics["hold_max_ms"]
        assert 350 <= hold_max <= 501
        assert finding.evidence[0] == f"the period is about {hold_max:.0f} ms"


def test_twenty_runs_find_intermittent_buffering_of_15_percent_with_the_promised_probability() -> None:
    found = 0
    for seed in range(60):
        conclusion = conclude(runs(sometimes(0.15, buffer), 20, seed), LIMITS)
        found += conclusion.verdict is Verdict.BUFFERED
        assert conclusion.verdict is (Verdict.BUFFERED if conclusion.faulty else Verdict.STREAMING)
    # 1 - 0.85 ** 20 = 0.96
    assert found >= 54


def test_events_that_come_late_but_evenly_stream() -> None:
    def two_seconds_late(written: object, dice: random.Random) -> list[float]:
        return [moment + 2000 for moment in stream(written, dice)]  # type: ignore[arg-type]

    assert verdicts(two_seconds_late, 20) == {"STREAMING": 20}
    conclusion = conclude(runs(two_seconds_late, 20), LIMITS)
    assert conclusion.verdict is Verdict.INCONCLUSIVE
    assert "first byte" in conclusion.evidence[0]
