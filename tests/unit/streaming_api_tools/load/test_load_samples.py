"""What a load test keeps and says, on values."""

from __future__ import annotations

import ast

import pytest

from streaming_api_tools.client.moments import End, Ending
from streaming_api_tools.client.sse import Event
from streaming_api_tools.load.locust import locustfile
from streaming_api_tools.load.report import exit_code, invalid
from streaming_api_tools.load.samples import DEFINITIONS, Reservoir, Tally
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.recording import Recording
from streaming_api_tools.measure.verdicts import Verdict
from tests.unit.streaming_api_tools.measure.intermediaries import recorded

MS = 1_000_000


def tally(**verdicts: int) -> Tally:
    made = Tally()
    for name, count in verdicts.items():
        made.verdicts[Verdict(name)] = count
    return made


def test_load_tally_measures_from_the_time_a_request_was_due() -> None:
    made = Tally()
    made.add(
        recorded([Event("x")] * 3, [100, 150, 400]), RunFinding(Verdict.STREAMING, ("",)), due_ns=-50 * MS
    )
    summary = made.summary()
    assert {name: summary[name]["max"] for name in summary} == {
        "ttfb_ms": 150,
        "ttft_ms": 150,
        "itl_ms": 250,
        "stall_ms": 250,
        "e2e_ms": 450,
        "late_ms": 49,
    }
    assert summary.keys() <= DEFINITIONS.keys()


def test_load_tally_request_without_response_is_counted_not_measured() -> None:
    made = Tally()
    made.add(Recording(End(0, Ending.UNREACHABLE)), RunFinding(Verdict.UNREACHABLE, ("refused",)), 0)
    assert (made.requests, made.errors, made.summary()) == (1, 1, {})


def test_load_reservoir_p99_needs_a_hundred_values() -> None:
    few, many = Reservoir(), Reservoir()
    for value in range(99):
        few.add(value)
    for value in range(101):
        many.add(value)
    assert "p99" not in few.summary()
    assert many.summary() == {"count": 101, "p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}


def test_load_reservoir_keeps_a_bounded_and_fair_sample() -> None:
    reservoir = Reservoir(size=1000)
    for value in range(100_000):
        reservoir.add(value)
    assert len(reservoir.values) == 1000
    assert reservoir.most == 99_999
    assert sum(reservoir.values) / 1000 == pytest.approx(50_000, rel=0.1)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ({"STREAMING": 100}, 0),
        ({"STREAMING": 100, "INCONCLUSIVE": 3}, 0),
        ({"STREAMING": 99, "THROTTLED": 1}, 0),
        ({"STREAMING": 98, "THROTTLED": 2}, 1),
        ({"STREAMING": 999, "BUFFERED": 1}, 1),
        ({"AUTH": 5}, 3),
        ({"AUTH": 5, "UNREACHABLE": 1}, 3),
        ({"SERVER_ERROR": 5}, 1),
        ({"THROTTLED": 4, "AUTH": 1}, 1),
        ({}, 3),
    ],
)
def test_load_exit_code_counts_errors_and_buffered_responses(verdicts: dict[str, int], code: int) -> None:
    assert exit_code(tally(**verdicts), 0.01) == code


def test_load_inconclusive_responses_rule_nothing_out() -> None:
    assert tally(INCONCLUSIVE=1000).collected_upper_bound() == 1.0
    assert tally(INCONCLUSIVE=1000, STREAMING=59).collected_upper_bound() == pytest.approx(0.05, abs=0.001)


def test_load_invalid_when_the_client_was_the_bottleneck() -> None:
    slow = tally(STREAMING=100)
    for _ in range(200):
        slow.measures["lag_ms"].add(30.0)
    assert "30 ms late" in invalid(slow)[0]
    hiccup = Tally()
    for lag in (45.0, *[1.0] * 39):
        hiccup.measures["lag_ms"].add(lag)
    assert not invalid(hiccup)
    assert exit_code(slow, 0.01) == 2
    dropping = tally(STREAMING=100)
    dropping.dropped = 3
    assert "3 requests were dropped" in invalid(dropping)[0]


def test_load_without_an_answer_has_no_measures_to_be_invalid() -> None:
    nobody = tally(UNREACHABLE=9)
    for _ in range(9):
        nobody.measures["lag_ms"].add(62.0)
    assert invalid(nobody) == []
    assert exit_code(nobody, 0.01) == 3


@pytest.mark.parametrize("body", [None, b'{"prompt": "it\'s"}', b"\xff"])
def test_load_locustfile_is_python_with_the_given_values(body: bytes | None) -> None:
    text = locustfile("locustfile.py", "https://x/'probe", body, "eu-west-1", 12, (20, 90))
    tree = ast.parse(text)
    bases = [base.id for each in tree.body if isinstance(each, ast.ClassDef) for base in each.bases]  # type: ignore[attr-defined]
    assert bases == ["HttpUser"]
    assert "iter_content(chunk_size=None)" in text
    values = {
        each.targets[0].id: ast.literal_eval(each.value)
        for each in tree.body
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    }
    assert values == {
        "URL": "https://x/'probe",
        "BODY": body,
        "REGION": "eu-west-1",
        "SERVICE": "execute-api",
    }
    assert "GAPS, SHORTEST_MS, LONGEST_MS = 12, 20, 90" in text
