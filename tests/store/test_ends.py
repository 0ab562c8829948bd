"""How kept streams end: as their first client saw it, by a cancel, or with a writer that is lost."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lambda_streaming_store.table import Table
from processes import free_port

from tests.store.streams import Seen, get, send, serving
from tests.support.gateway import Gate, Serving
from tests.support.ministack import Ministack


def error_of(seen: Seen) -> str:
    """Return the code of the error event that a stream ends with."""
    last = [line for line in seen.body.splitlines() if line.startswith(b"data: ")][-1]
    code: str = json.loads(last.removeprefix(b"data: "))["error"]["code"]
    return code


def began(gateway: Serving, name: str) -> Seen:
    """Begin a stream and leave after its first bytes."""
    seen = get(gateway, f"/{name}", 5)
    assert seen.stream_id
    return seen


def test_stream_that_broke_replays_its_error_event(gateway: Serving) -> None:
    first = get(gateway, "/breaks")
    replay = get(gateway, f"/streams/{first.stream_id}")
    assert error_of(first) == "internal_error"
    assert replay.body == first.body


def test_text_that_was_cut_is_cut_again(gateway: Serving) -> None:
    first = get(gateway, "/breaks_in_text")
    replay = get(gateway, f"/streams/{first.stream_id}")
    assert (first.end, replay.end) == ("cut", "cut")
    assert first.body == replay.body == b"some text"
    assert get(gateway, f"/streams/{first.stream_id}?after=9").status == 502


def test_stream_of_a_killed_writer_ends_in_an_error_for_its_reader(gateway: Serving, gate: Gate) -> None:
    first = began(gateway, "dies")
    function = gate.accept()
    # what is in the table when the process dies
    assert get(gateway, f"/streams/{first.stream_id}", 5).status == 200
    with ThreadPoolExecutor(1) as readers:
        reader = readers.submit(get, gateway, f"/streams/{first.stream_id}")
        function.let_go()
        seen = reader.result()
    assert b'{"n":1}' in seen.body
    assert error_of(seen) == "producer_lost"
    position = seen.body.index(b"event: error")
    assert get(gateway, f"/streams/{first.stream_id}?after={position}").status == 502


@pytest.mark.parametrize("name", ["blocked", "awaits"])
def test_cancel_interrupts_the_handler_and_ends_the_stream_of_every_client(
    gateway: Serving, gate: Gate, name: str
) -> None:
    with ThreadPoolExecutor(2) as clients:
        first = began(gateway, name)
        path = f"/streams/{first.stream_id}"
        reader = clients.submit(get, gateway, path)
        if name == "blocked":
            gate.accept().hear()
        asked = time.monotonic()
        assert send(gateway, "POST", f"{path}/cancel") == 204
        seen = reader.result()
    assert error_of(seen) == "stream_cancelled"
    assert time.monotonic() - asked < 3
    assert b'"n":2' not in seen.body
    # what was cancelled can be read again, and cancelled again
    assert get(gateway, path).body == seen.body
    assert send(gateway, "POST", f"{path}/cancel") == 204
    assert not [line for line in gateway.log if "Traceback" in line and name in line]


def test_cancelled_handler_can_ask_whether_it_is(gateway: Serving, gate: Gate) -> None:
    first = began(gateway, "asks")
    gate.accept().hear()
    send(gateway, "POST", f"/streams/{first.stream_id}/cancel")
    seen = get(gateway, f"/streams/{first.stream_id}")
    assert b'{"cancelled":true}' in seen.body
    assert error_of(seen) == "stream_cancelled"


def test_delete_stops_the_stream_and_leaves_no_row(gateway: Serving, gate: Gate, table: Table) -> None:
    first = began(gateway, "blocked")
    function = gate.accept()
    function.hear()
    path = f"/streams/{first.stream_id}"
    assert get(gateway, path, 5).status == 200
    before = table.call("Scan", {})["Count"]
    assert send(gateway, "DELETE", path) == 204
    assert function.hear() == ""
    assert table.call("Scan", {})["Count"] < before
    assert get(gateway, path).status == 404
    assert send(gateway, "DELETE", path) == 404
    assert send(gateway, "POST", f"{path}/cancel") == 404


@pytest.fixture(scope="module", name="hung")
def _hung() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("fault", ["refused", "hung", "no table"])
def test_store_that_fails_leaves_the_stream_whole_and_is_told_once(
    gateway: Serving, ministack: Ministack, hung: str, gate: Gate, tmp_path: Path, fault: str
) -> None:
    expected = get(gateway, "/events?seed=1")
    url = {"refused": f"http://127.0.0.1:{free_port()}", "hung": hung}.get(fault, ministack.url)
    with serving("not-there", ministack, tmp_path, gate, AWS_ENDPOINT_URL_DYNAMODB=url) as broken:
        get(broken, "/events?seed=1")  # the function starts
        asked = time.monotonic()
        seen = get(broken, "/events?seed=1")
        took = time.monotonic() - asked
        broken.wait_for_reports(2)
        told = [line for line in broken.log if "the stream is not resumable" in line]
    assert (seen.status, seen.end) == (200, "whole")
    assert seen.comparable == expected.comparable
    assert took < 4
    assert len(told) == 2
