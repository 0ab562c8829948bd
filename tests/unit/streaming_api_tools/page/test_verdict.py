"""The verdict of the page: that of the smoke tester, in three words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import GAP_RANGE_MS, GAPS
from streaming_api_tools.measure.verdicts import Verdict
from streaming_api_tools.page.verdict import WORDS, new_challenge, verdict_of

GAPS_MS = [50, 400, 90, 310, 220, 60, 130, 440, 370, 80, 260, 150, 330, 70, 190, 410]
STAMPS = list(accumulate([0, *GAPS_MS]))
DONE = f'event: done\ndata: {{"events": {len(STAMPS)}}}\n\n'


def events(*texts: str) -> list[str]:
    return [f"data: {json.dumps({'i': i, 's': stamp})}\n\n" for i, stamp in enumerate(STAMPS)] + list(texts)


def report(arrivals: list[float], texts: list[str] | None = None, **more: object) -> dict[str, object]:
    """Return what a page says that saw these events at these times."""
    texts = texts or events(DONE)
    times = [*arrivals, *[arrivals[-1]] * (len(texts) - len(arrivals))]
    return {
        "gaps_ms": GAPS_MS,
        "status": 200,
        "type": "text/event-stream",
        "head_ms": 3,
        "reads": [[at, text] for at, text in zip(times, texts, strict=True)],
        "end_ms": times[-1] + 1,
        "ending": "closed",
        "detail": "",
        "lag_ms": 2.5,
        **more,
    }


AS_WRITTEN = [stamp + 5.25 for stamp in STAMPS]
AT_ONCE = [STAMPS[-1] + 9.0] * len(STAMPS)
IN_TWO = [2000.0 if stamp < 1900 else STAMPS[-1] + 5.0 for stamp in STAMPS]
CUT = {"ending": "cut", "detail": "the connection broke"}


@pytest.mark.parametrize(
    ("seen", "word", "verdict", "evidence"),
    [
        (report(AS_WRITTEN), "streamed", "STREAMING", "arrived within 0 ms of the fastest"),
        (report(AT_ONCE), "held back", "BUFFERED", "of writing arrived within 0 ms"),
        (report(IN_TWO), "held back", "BATCHED", "the period is about"),
        (
            report(AS_WRITTEN[:5], events()[:5]),
            "cut",
            "TRUNCATED",
            "5 of 17 events, without a terminal event",
        ),
        (
            report(AS_WRITTEN[:5], events()[:5], **CUT),
            "cut",
            "TRUNCATED",
            "5 of 17 events: the connection broke",
        ),
        (report(AT_ONCE, lag_ms=STAMPS[-1]), "undecided", "INCONCLUSIVE", "this client did nothing"),
        (report(AS_WRITTEN, events("data: no\n\n")), "failed", "BAD_FRAME", "event 17 is not one of a probe"),
        (report(AS_WRITTEN, status=500), "failed", "SERVER_ERROR", "status 500"),
        (report(AS_WRITTEN, type="text/html"), "failed", "BAD_FRAME", "content-type is text/html"),
        (report([0.0] * 17), "failed", "BAD_FRAME", "the stamps are of another schedule"),
    ],
)
def test_page_verdict_is_that_of_the_tester(
    seen: Mapping[str, Any], word: str, verdict: str, evidence: str
) -> None:
    if verdict == "BAD_FRAME" and "another schedule" in evidence:
        seen = {**seen, "gaps_ms": [1000] * len(GAPS_MS)}
    found = verdict_of(json.loads(json.dumps(seen)))
    assert (found["word"], found["verdict"]) == (word, verdict), found
    assert any(evidence in line for line in found["evidence"]), found  # type: ignore[attr-defined]


def test_page_verdict_has_a_word_for_each_way_to_arrive() -> None:
    assert set(WORDS.values()) == {"streamed", "held back", "cut", "undecided"}
    assert WORDS[Verdict.STREAMING] == "streamed"
    # the limits are the tester's own
    late = [at + CadenceLimits().hold_max_ms * (n == 9) for n, at in enumerate(AS_WRITTEN)]
    assert verdict_of(report(sorted(late)))["word"] != "streamed"


def test_page_docs_verdicts_are_those_of_the_code() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "page.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([a-z ]+) \| ([A-Z, ]+)(?=[:| ])", page, re.MULTILINE))
    assert {word: set(names.strip().split(", ")) for word, names in rows.items()} == {
        word: {verdict.value for verdict, said in WORDS.items() if said == word} for word in WORDS.values()
    }


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {**report(AS_WRITTEN), "gaps_ms": [1, 2]},
        {**report(AS_WRITTEN), "gaps_ms": ["a"] * 16},
        {**report(AS_WRITTEN), "reads": [1]},
        {**report(AS_WRITTEN), "ending": "silent"},
        {**report(AS_WRITTEN), "end_ms": None},
        {**report(AS_WRITTEN), "end_ms": float("inf")},
    ],
)
def test_page_verdict_of_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"report|gaps|invalid literal"):
        verdict_of(wrong)


def test_page_challenge_is_drawn_anew_as_the_tester_draws_it() -> None:
    first, second = new_challenge()["gaps_ms"], new_challenge()["gaps_ms"]
    assert isinstance(first, tuple)
    assert first != second
    assert len(first) == GAPS
    assert all(GAP_RANGE_MS[0] <= gap <= GAP_RANGE_MS[1] for gap in first)
