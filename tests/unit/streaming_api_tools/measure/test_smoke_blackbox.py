"""The rule for endpoints that are not a probes: right in what it claims, honest about what it cannot see."""

from __future__ import annotations

import random
from collections import Counter
from itertools import accumulate

import pytest

from streaming_api_tools.client.moments import End, Ending, Head
from streaming_api_tools.client.sse import Event
from streaming_api_tools.measure.blackbox import BLIND_SPOT, classify_unstamped
from tests.unit.streaming_api_tools.measure.intermediaries import (
    Intermediary,
    batch,
    buffer,
    jitter,
    recorded,
    stream,
)


def verdicts(intermediary: Intermediary, token_ms: float, runs: int = 200) -> Counter[str]:
    """Return the verdicts on a model that writes 80 tokens at a rate, behind an intermediary."""
    dice = random.Random(3)
    seen: Counter[str] = Counter()
    for _ in range(runs):
        written = list(accumulate((dice.expovariate(1 / token_ms) for _ in range(80)), initial=300.0))
        delivered = intermediary(written, dice)
        seen[classify_unstamped(recorded([Event("x")] * 81, delivered)).verdict.value] += 1
    return seen


@pytest.mark.parametrize("intermediary", [stream, jitter(50)])
def test_blackbox_classifier_streaming_model_is_streaming(intermediary: Intermediary) -> None:
    assert verdicts(intermediary, 40) == {"STREAMING": 200}


def test_blackbox_classifier_buffered_response_is_never_streaming() -> None:
    assert verdicts(buffer, 40) == {"BUFFERED": 200}


def test_blackbox_classifier_intervals_of_a_second_are_not_streaming() -> None:
    assert verdicts(batch(1000), 40)["STREAMING"] == 0


def test_blackbox_classifier_short_intervals_are_streaming_as_documented() -> None:
    assert verdicts(batch(200), 60)["STREAMING"] > 150
    assert "intervals up to 250 ms" in BLIND_SPOT


def test_blackbox_classifier_short_or_quick_response_is_inconclusive() -> None:
    few = recorded([Event("x")] * 5, [1000.0 * n for n in range(5)])
    quick = recorded([Event("x")] * 50, [10.0 * n for n in range(50)])
    for recording in (few, quick):
        finding = classify_unstamped(recording)
        assert finding.verdict.value == "INCONCLUSIVE"
        assert "too short to tell" in finding.evidence[0]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"end": End(10**10, Ending.CUT, "reset")}, "TRUNCATED"),
        ({"end": End(10**10, Ending.SILENT, "")}, "STALLED"),
        ({"overflow": "more than 1 bytes arrived"}, "BAD_FRAME"),
        ({"head": Head(0, 403, {})}, "AUTH"),
    ],
)
def test_blackbox_classifier_fault_overrides_the_cadence(changes: dict[str, object], verdict: str) -> None:
    recording = recorded([Event("x")] * 30, [100.0 * n for n in range(30)], **changes)
    assert classify_unstamped(recording).verdict.value == verdict


def test_blackbox_classifier_model_access_error_event_is_named() -> None:
    error = Event('{"error": {"message": "no", "code": "model_access_denied"}}', "error")
    assert classify_unstamped(recorded([error], [100.0])).verdict.value == "MODEL_ACCESS"


def test_blackbox_classifier_long_thinking_model_is_inconclusive() -> None:
    written = [20_000 + 50.0 * n for n in range(80)]
    finding = classify_unstamped(recorded([Event("x")] * 80, written))
    assert finding.verdict.value == "INCONCLUSIVE"
    assert "a model that thinks, or what holds the beginning" in finding.evidence[0]
