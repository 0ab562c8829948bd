"""Clients that leave at any byte and come back, through the gateway: nothing is missing, nothing twice."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.store.streams import Seen, get
from tests.support.gateway import Gate, Serving

#: 3 in `make test`, 100 in `make test-kill`.
SEEDS = range(int(os.environ.get("KILL_RUNS", "3")))
FORMS = ("events", "lines", "text", "raw", "own_bytes", "own_ids")


@pytest.fixture(scope="module")
def uncut(gateway: Serving) -> dict[tuple[str, int], Seen]:
    """Return each form of each seed as a client sees it that stays."""
    return {}


def whole(gateway: Serving, uncut: dict[tuple[str, int], Seen], form: str, seed: int) -> Seen:
    """Return a stream as a client sees it that stays."""
    if (form, seed) not in uncut:
        uncut[form, seed] = get(gateway, f"/{form}?seed={seed}")
    return uncut[form, seed]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", FORMS)
def test_stream_of_a_client_that_was_cut_and_came_back_has_every_byte_once(
    gateway: Serving, gate: Gate, uncut: dict[tuple[str, int], Seen], form: str, seed: int
) -> None:
    expected = whole(gateway, uncut, form, seed)
    rng = random.Random(f"{form}{seed}")
    cut = rng.randrange(len(expected.body) // 3)
    first = get(gateway, f"/{form}?seed={seed}&gate=1", cut)
    path = f"/streams/{first.stream_id}?after={cut}"
    with ThreadPoolExecutor(2) as readers:
        # the writer still waits: both follow it, and one of them is cut again and comes back
        follower = readers.submit(get, gateway, path)
        again = get(gateway, path, rng.randrange(20))
        last = readers.submit(get, gateway, f"/streams/{first.stream_id}?after={cut + len(again.body)}")
        gate.accept().let_go()
        second, third = follower.result(), last.result()
    assert first.body + second.body == get(gateway, f"/streams/{first.stream_id}").body
    for rest in (second.body, again.body + third.body):
        joined = (first.body + rest).replace(first.stream_id.encode(), b"0" * 32)
        assert joined == expected.comparable
    assert (second.status, second.end) == (expected.status, "whole")


@pytest.mark.parametrize("seed", SEEDS)
def test_events_after_the_last_event_id_are_the_rest(
    gateway: Serving, uncut: dict[tuple[str, int], Seen], seed: int
) -> None:
    expected = whole(gateway, uncut, "events", seed)
    ids = [line for line in expected.body.split(b"\n") if line.startswith(b"id: ")]
    last = random.Random(seed).choice(ids[:-1])
    rest = get(gateway, f"/streams/{expected.stream_id}", Last_Event_ID=last[4:].decode())
    _, found, after = expected.body.partition(last + b"\n")
    assert found
    assert rest.body == after.removeprefix(b"\n")
    assert rest.status == 200


def test_stream_that_has_been_seen_whole_is_204(gateway: Serving, uncut: dict[tuple[str, int], Seen]) -> None:
    expected = whole(gateway, uncut, "events", 0)
    ids = [line for line in expected.body.split(b"\n") if line.startswith(b"id: ")]
    last = get(gateway, f"/streams/{expected.stream_id}", Last_Event_ID=ids[-1][4:].decode())
    assert (last.status, last.body) == (204, b"")


def test_stream_keeps_status_and_headers(gateway: Serving, uncut: dict[tuple[str, int], Seen]) -> None:
    expected = whole(gateway, uncut, "lines", 0)
    replay = get(gateway, f"/streams/{expected.stream_id}")
    assert replay.status == 201
    for name in ("content-type", "x-own", "x-several", "x-stream-id"):
        assert replay.headers.get_all(name) == expected.headers.get_all(name)
    assert replay.headers["x-request-id"] != expected.headers["x-request-id"]


@pytest.mark.parametrize("form", ["own_bytes", "own_ids", "text"])
def test_stream_of_an_application_has_the_bytes_of_the_application_alone(
    gateway: Serving, uncut: dict[tuple[str, int], Seen], form: str
) -> None:
    expected = whole(gateway, uncut, form, 0)
    assert expected.stream_id
    assert expected.stream_id.encode() not in expected.body


def test_position_of_another_stream_is_refused(gateway: Serving, uncut: dict[tuple[str, int], Seen]) -> None:
    expected = whole(gateway, uncut, "own_ids", 0)
    assert get(gateway, f"/streams/{expected.stream_id}", Last_Event_ID="mine-3").status == 400
    assert get(gateway, f"/streams/{expected.stream_id}?after=x").status == 400
    assert get(gateway, f"/streams/{expected.stream_id}?after={len(expected.body) + 1}").status == 416
    assert get(gateway, f"/streams/{'0' * 32}").status == 404
    assert get(gateway, "/streams/none").status == 404


def test_request_repeated_with_the_last_event_id_replays_and_runs_no_handler(gateway: Serving) -> None:
    first = get(gateway, "/again?seed=5")
    ids = [line[4:].decode() for line in first.body.split(b"\n") if line.startswith(b"id: ")]
    # another seed would be another stream
    rest = get(gateway, "/again?seed=6", Last_Event_ID=ids[3])
    position = int(ids[3].partition(".")[2])
    assert rest.body == first.body[position:]
    assert rest.stream_id == first.stream_id
    last = get(gateway, "/again?seed=6", Last_Event_ID=ids[-1])
    assert (last.status, last.body) == (204, b"")


@pytest.mark.parametrize("last", ["mine-1", "0" * 32 + ".12"])
def test_request_with_an_unknown_last_event_id_runs_the_handler(gateway: Serving, last: str) -> None:
    expected, seen = get(gateway, "/again?seed=5"), get(gateway, "/again?seed=5", Last_Event_ID=last)
    assert seen.comparable == expected.comparable
    assert seen.stream_id not in ("", expected.stream_id, "0" * 32)


def test_request_with_a_last_event_id_runs_the_handler_of_a_function_that_only_writes(
    gateway: Serving,
) -> None:
    first = get(gateway, "/events?seed=5")
    last = first.body.partition(b"id: ")[2].partition(b"\n")[0].decode()
    seen = get(gateway, "/events?seed=5", Last_Event_ID=last)
    assert seen.comparable == first.comparable
    assert seen.stream_id != first.stream_id


def test_events_that_a_request_replays_say_once_when_browsers_come_back(gateway: Serving) -> None:
    first = get(gateway, "/again?seed=5")
    event, _, rest = first.body.partition(b"\n\n")
    assert event.startswith(b"retry: 1000\n")
    assert b"\nretry: " not in rest
    # where a request begins another stream, it need not be soon
    assert b"retry: " not in get(gateway, "/events?seed=5").body
