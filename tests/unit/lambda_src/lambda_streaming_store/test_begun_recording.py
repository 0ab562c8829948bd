"""When a stream begins to be kept: behind its first byte, and not in the way of it."""

from __future__ import annotations

import threading
from math import inf

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming._head import Prelude
from lambda_streaming._test_response import CollectedResponse
from lambda_streaming_store import recording
from lambda_streaming_store.recording import KeptSink

REQUEST = {"httpMethod": "GET", "requestContext": {}}
PRELUDE = Prelude(200, {"content-type": "text/plain"})


@pytest.fixture(name="started")
def _started(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads that were to start; none of them does."""
    threads: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: threads.append(thread))
    monkeypatch.setattr(threading.Thread, "join", lambda thread, timeout: None)
    return threads


def kept(deadline: Deadline) -> KeptSink:
    found = recording.recording({"STREAM_STORE_TABLE": "streams"}, REQUEST, deadline)
    assert found
    return found.keep(CollectedResponse())


def test_kept_stream_of_a_function_begins_when_its_watch_looks(started: list[threading.Thread]) -> None:
    deadline = Deadline(60, 1)
    sink = kept(deadline)
    sink.open(PRELUDE)
    assert 0 < deadline.look() < 1
    sink.write(b"one")
    sink.write(b"two")
    assert started == []
    assert deadline.look() == inf
    deadline.look()
    assert len(started) == 1


def test_kept_stream_that_nothing_watches_begins_with_its_first_byte(started: list[threading.Thread]) -> None:
    sink = kept(Deadline(None, 1))
    sink.open(PRELUDE)
    assert started == []
    sink.write(b"one")
    sink.write(b"two")
    assert len(started) == 1


@pytest.mark.parametrize("how", ["keep_now", "drop"])
def test_kept_stream_that_is_to_be_written_at_once_waits_for_no_look(
    started: list[threading.Thread], how: str
) -> None:
    sink = kept(Deadline(60, 1))
    sink.open(PRELUDE)
    sink.write(b"one")
    getattr(sink, how)()
    assert len(started) == 1


def test_kept_stream_without_a_thread_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    deadline, client = Deadline(60, 1), CollectedResponse()
    found = recording.recording({"STREAM_STORE_TABLE": "streams"}, REQUEST, deadline)
    assert found
    sink = found.keep(client)
    sink.open(PRELUDE)
    sink.write(b"one")
    assert deadline.look() == inf
    sink.write(b"two")
    sink.close()
    assert client.chunks == [b"one", b"two"]
    assert [record.getMessage() for record in caplog.records] == [
        "the stream is not resumable: can't start new thread"
    ]
