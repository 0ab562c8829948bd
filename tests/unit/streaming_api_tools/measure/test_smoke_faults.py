"""Answers that cannot be timed: each is called by its name, with what was seen."""

from __future__ import annotations

import json

import pytest

from streaming_api_tools.client.moments import End, Ending, Head
from streaming_api_tools.client.sse import Event
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.classify import RunFinding, classify
from streaming_api_tools.measure.recording import Recording
from tests.unit.streaming_api_tools.measure.intermediaries import recorded

CHALLENGE = Challenge((100, 200, 300))
STAMPS = (0.0, 100.0, 300.0, 600.0)
DONE = Event('{"events": 4}', "done")


def probe_events(*stamps: float) -> list[Event]:
    return [Event(json.dumps({"i": number, "s": stamp})) for number, stamp in enumerate(stamps)]


def finding(events: list[Event], **changes: object) -> RunFinding:
    delivered = [10.0 + 100 * number for number in range(len(events))] or [10.0]
    recording = recorded(events or [DONE], delivered)
    if not events:
        changes = {"reads": (), "arrivals": (), **changes}
    return classify(Recording(**(vars(recording) | changes)), CHALLENGE, CadenceLimits())


def head(status: int = 200, **headers: str) -> Head:
    return Head(
        1,
        status,
        {"content-type": "text/event-stream"} | {k.replace("_", "-"): v for k, v in headers.items()},
    )


def ended(how: Ending, detail: str = "") -> End:
    return End(9_000_000_000, how, detail)


@pytest.mark.parametrize(
    ("seen", "verdict", "evidence"),
    [
        (
            finding([], head=None, end=ended(Ending.UNREACHABLE, "connection refused")),
            "UNREACHABLE",
            "connection refused",
        ),
        (
            finding([], head=None, end=ended(Ending.SILENT, "24 s")),
            "STALLED",
            "the request was sent and no answer came: 24 s",
        ),
        (
            finding([], head=head(403), excerpt=b'{"message": "Missing Authentication Token"}'),
            "AUTH",
            "status 403: Missing Authentication Token",
        ),
        (finding([], head=head(401), excerpt=b""), "AUTH", "status 401"),
        (
            finding([], head=head(429), excerpt=b'{"message": "Too Many Requests"}'),
            "THROTTLED",
            "status 429: Too Many Requests",
        ),
        (finding([], head=head(404), excerpt=b"<h1>no"), "UNREACHABLE", "status 404: <h1>no"),
        (
            finding([], head=head(400), excerpt=b'{"type":"error","error":{"message":"gaps_ms is missing"}}'),
            "BAD_FRAME",
            "status 400: gaps_ms is missing",
        ),
        (
            finding([], head=head(502), excerpt=b'{"message": "Internal server error"}'),
            "SERVER_ERROR",
            "status 502: Internal server error",
        ),
        (
            finding([], head=head(content_type="Application/JSON; charset=utf-8")),
            "BAD_FRAME",
            "content-type is application/json, not text/event-stream",
        ),
        (
            finding([], head=head(content_encoding="gzip")),
            "BAD_FRAME",
            "the answer is compressed (gzip), although the tester asks for identity unless --header says"
            " otherwise: its events cannot be timed",
        ),
        (
            finding([], excerpt=b'{"statusCode":200}' + bytes(8) + b"data: 1\n\n"),
            "BAD_FRAME",
            "the 8 NUL bytes after the metadata arrived as a part of the body",
        ),
        (
            finding([Event("hello")]),
            "BAD_FRAME",
            "event 0 is not one of a probe: 'hello'",
        ),
        (
            finding([Event('{"text": "Hel"}')]),
            "BAD_FRAME",
            """event 0 is not one of a probe: '{"text": "Hel"}'""",
        ),
        (
            finding([probe_events(*STAMPS)[1]]),
            "BAD_FRAME",
            "event 0 was expected, event 1 came",
        ),
        (
            finding([*probe_events(0.0, 100.0), DONE]),
            "BAD_FRAME",
            "the terminal event came after 2 of 4 events",
        ),
        (
            finding([*probe_events(*STAMPS), DONE, DONE]),
            "BAD_FRAME",
            "an event came after the terminal event",
        ),
        (
            finding(probe_events(*STAMPS), overflow="more than 9 events arrived"),
            "BAD_FRAME",
            "the answer does not end: more than 9 events arrived",
        ),
        (
            finding([*probe_events(0.0, 90.0, 300.0, 600.0), DONE]),
            "BAD_FRAME",
            "the stamps are of another schedule: a cached answer?",
        ),
        (
            finding([*probe_events(0.0, 400.0, 420.0, 610.0), DONE]),
            "INCONCLUSIVE",
            "the function wrote up to 300 ms late, too irregularly to know its schedule: a busy function, or"
            " a cached answer",
        ),
        (
            finding([*probe_events(0.0), Event('{"error": {"message": "try again"}}', "error")]),
            "SERVER_ERROR",
            "the stream ended in an error event: try again",
        ),
        (
            finding(probe_events(0.0, 100.0)),
            "TRUNCATED",
            "the answer ended after 2 of 4 events, without a terminal event",
        ),
        (
            finding(probe_events(0.0, 100.0), end=ended(Ending.CUT, "reset")),
            "TRUNCATED",
            "the connection was cut after 2 of 4 events: reset",
        ),
        (
            finding([*probe_events(*STAMPS), DONE], end=ended(Ending.CUT, "reset")),
            "TRUNCATED",
            "the connection was cut after 4 of 4 events: reset",
        ),
        (
            finding(probe_events(0.0), end=ended(Ending.SILENT, "24 s")),
            "STALLED",
            "the answer stopped after 1 of 4 events and was not closed: 24 s",
        ),
        (
            finding([*probe_events(*STAMPS), DONE], end=ended(Ending.OVERDUE, "48 s")),
            "STALLED",
            "the answer stopped after the terminal event and was not closed: 48 s",
        ),
    ],
    ids=lambda value: value.replace(" ", "-")[:40] if isinstance(value, str) else "",
)
def test_classify_fault_has_its_verdict_and_evidence(seen: RunFinding, verdict: str, evidence: str) -> None:
    assert (seen.verdict.value, seen.evidence) == (verdict, (evidence,))


def test_classify_fault_keeps_the_request_id() -> None:
    assert finding([], head=head(500, x_amzn_requestid="abc-1")).request_id == "abc-1"


def test_classify_fault_counts_the_events_received() -> None:
    assert finding(probe_events(0.0, 100.0)).metrics["events"] == 2
