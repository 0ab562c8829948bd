"""When a stream begins to be kept: behind its first byte, and not in the way of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from types import SimpleNamespace

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming._head import Prelude
from lambda_streaming._test_response import CollectedResponse
from lambda_streaming_store import recorder, recording
from lambda_streaming_store.recording import KeptSink

REQUEST = {"httpMethod": "GET", "requestContext": {}}
PRELUDE = Prelude(200, {"content-type": "text/plain"})


@pytest.fixture(name="later", autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return what moves the clock on, by seconds."""
    now = [100.0]
    monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


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


def test_kept_stream_begins_a_moment_after_its_first_byte(
    started: list[threading.Thread], later: Callable[[float], None]
) -> None:
    """The watch looks whenever its thread gets the processor, which may be right behind the first byte."""
    deadline = Deadline(60, 1)
    sink = kept(deadline)
    sink.open(PRELUDE)
    assert 0 < deadline.look() < 1
    sink.write(b"one")
    assert deadline.look() == pytest.approx(0.05)
    sink.write(b"two")
    later(0.04)
    assert deadline.look() == pytest.approx(0.01)
    assert started == []
    later(0.01)
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


def test_kept_stream_start_of_its_thread_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline, sending = Deadline(60, 1), []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: sending.append(deadline.sending))
    sink = kept(deadline)
    sink.open(PRELUDE)
    sink.write(b"one")
    sink.keep_now()
    assert (sending, deadline.sending) == ([1], 0)


def test_kept_stream_that_ends_while_its_watch_begins_to_keep_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, later: Callable[[float], None]
) -> None:
    """What watches has made the writer's thread, and comes to start it later, on a busy machine."""
    begins, ends, goes_on = threading.Event(), threading.Event(), threading.Event()
    start, make = threading.Thread.start, threading.Condition

    def late(thread: threading.Thread) -> None:
        if thread.name == "writer":
            begins.set()
            goes_on.wait(60)
        start(thread)

    class Told(make):  # type: ignore[misc, valid-type]
        def __enter__(self) -> bool:
            if not self.acquire(blocking=False):
                ends.set()
                self.acquire()
            return True

    class Writer(threading.Thread):
        def __init__(self, target: Callable[[], None], daemon: bool) -> None:
            super().__init__(name="writer", target=target, daemon=daemon)

    monkeypatch.setattr(recorder, "threading", SimpleNamespace(Condition=Told, Thread=Writer))
    monkeypatch.setattr(threading.Thread, "start", late)
    deadline, failed = Deadline(60, 1), []
    sink = kept(deadline)
    sink.open(PRELUDE)
    sink.write(b"one")
    later(0.05)

    def end() -> None:
        try:
            sink.close()
        except BaseException as error:
            failed.append(error)
        ends.set()

    threads = [threading.Thread(target=deadline.look), threading.Thread(target=end)]
    threads[0].start()
    assert begins.wait(60)
    threads[1].start()
    assert ends.wait(60)  # it waits for the other thread, or has not waited
    goes_on.set()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_kept_stream_without_a_thread_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, later: Callable[[float], None]
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
    later(0.05)
    assert deadline.look() == inf
    sink.write(b"two")
    sink.close()
    assert client.chunks == [b"one", b"two"]
    assert [record.getMessage() for record in caplog.records] == [
        "the stream is not resumable: can't start new thread"
    ]
