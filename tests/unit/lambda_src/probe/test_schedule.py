"""The probe's challenge: what it accepts, and when it sends what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import Event, HTTPError
from probe.schedule import MAX_GAP_MS, MAX_GAPS, MAX_PAD, TEXT, AskedToFail, Schedule, events


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_probe_empty_challenge_sends_one_event_and_done() -> None:
    clock = Clock()
    first, done = events(Schedule.from_event({"body": "{}"}), clock, clock.sleep)
    assert first == {"i": 0, "s": 0.0}
    assert isinstance(done, Event)
    assert (done.event, done.data) == ("done", {"events": 1})


def test_probe_events_have_their_time_since_the_start() -> None:
    clock = Clock()
    schedule = Schedule.from_event({"body": '{"first_ms": 20, "gaps_ms": [100, 0, 50.5]}'})
    *sent, _ = events(schedule, clock, clock.sleep)
    assert [(event["i"], event["s"]) for event in sent if isinstance(event, dict)] == [
        (0, 20.0),
        (1, 120.0),
        (2, 120.0),
        (3, 170.5),
    ]


def test_probe_schedule_does_not_add_up_the_time_of_sending() -> None:
    clock = Clock()
    stamps = []
    for event in events(Schedule((100,) * 5), clock, clock.sleep):
        stamps.append(event["s"] if isinstance(event, dict) else None)
        clock.sleep(0.09)
    assert stamps[:-1] == [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]


def test_probe_pad_sets_the_size_of_events() -> None:
    clock = Clock()
    first, _ = events(Schedule(pad=5), clock, clock.sleep)
    assert isinstance(first, dict)
    assert first["x"] == "xxxxx"


@pytest.mark.parametrize(
    "body",
    [
        {"gaps_ms": [0] * MAX_GAPS, "pad": MAX_PAD, "first_ms": MAX_GAP_MS},
        {"gaps_ms": [MAX_GAP_MS] * 14},
    ],
)
def test_probe_challenge_at_the_bounds_is_accepted(body: dict[str, object]) -> None:
    assert Schedule.from_event({"body": json.dumps(body)})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("no", None),
        ("[]", None),
        ('{"gaps": []}', "gaps"),
        ('{"gaps_ms": 5}', "gaps_ms"),
        ('{"gaps_ms": ["5"]}', "gaps_ms"),
        ('{"gaps_ms": [true]}', "gaps_ms"),
        ('{"gaps_ms": [-1]}', "gaps_ms"),
        ('{"gaps_ms": [NaN]}', "gaps_ms"),
        ('{"gaps_ms": [60001]}', "gaps_ms"),
        (json.dumps({"gaps_ms": [0] * 1001}), "gaps_ms"),
        (json.dumps({"gaps_ms": [60000] * 14, "first_ms": 1}), "gaps_ms"),
        ('{"first_ms": 60001}', "first_ms"),
        ('{"first_ms": null}', "first_ms"),
        ('{"pad": -1}', "pad"),
        ('{"pad": 1.5}', "pad"),
        ('{"pad": true}', "pad"),
        ('{"pad": 65537}', "pad"),
        ('{"utf8": 1}', "utf8"),
        ('{"fail_before": 200}', "fail_before"),
        ('{"fail_before": 600}', "fail_before"),
        ('{"fail_after": -1}', "fail_after"),
        ('{"fail_after": 1001}', "fail_after"),
        ('{"truncate": "3"}', "truncate"),
        ('{"truncate": true}', "truncate"),
    ],
)
def test_probe_challenge_out_of_bounds_is_a_400_with_the_field_name(body: str, param: str | None) -> None:
    with pytest.raises(HTTPError) as caught:
        Schedule.from_event({"body": body})
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "invalid_probe", param)


def sent(body: str) -> Iterator[dict[str, object] | bytes | Event]:
    clock = Clock()
    return events(Schedule.from_event({"body": body}), clock, clock.sleep)


def test_probe_fail_before_is_an_error_before_the_first_byte() -> None:
    with pytest.raises(HTTPError) as caught:
        next(sent('{"fail_before": 503}'))
    assert (caught.value.status, caught.value.code) == (503, "asked_to_fail")


def test_probe_fail_after_fails_within_the_stream() -> None:
    stream = sent('{"gaps_ms": [1, 1, 1], "fail_after": 2}')
    assert len([next(stream), next(stream)]) == 2
    with pytest.raises(AskedToFail):
        next(stream)


def test_probe_truncate_ends_without_the_done_event() -> None:
    stream = list(sent('{"gaps_ms": [1, 1, 1], "truncate": 2}'))
    assert len(stream) == 2
    assert not any(isinstance(event, Event) for event in stream)


def test_probe_utf8_cuts_a_character_between_two_writes() -> None:
    first, second, _ = sent('{"utf8": true}')
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert json.loads((first + second).removeprefix(b"data: "))["u"] == TEXT


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists), st.text(max_size=8))
def test_probe_any_challenge_raises_only_http_error(value: object, name: str) -> None:
    for field in ("gaps_ms", "pad", "first_ms", name):
        with suppress(HTTPError):
            Schedule.from_event({"body": json.dumps({field: value})})
