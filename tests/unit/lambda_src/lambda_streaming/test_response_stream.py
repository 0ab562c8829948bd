"""The order of one response, with a list in the place of the Runtime API."""

from __future__ import annotations

import threading

import pytest
from lambda_streaming import Event, HTTPError, StreamRejected
from lambda_streaming._deadline import Deadline
from lambda_streaming._failure import fail
from lambda_streaming._forms.response import start
from lambda_streaming._head import Options, Prelude
from lambda_streaming._response_stream import ResponseStream

PING = b": ping\n\n"


class Recorder:
    """A sink that remembers what happened to it, and breaks when it is told to."""

    def __init__(self, *, broken: bool = False) -> None:
        self.said: list[object] = []
        self.broken = broken

    def open(self, prelude: Prelude) -> None:
        self.said.append(prelude.status)

    def write(self, data: bytes) -> None:
        if self.broken:
            raise StreamRejected("gone")
        self.said.append(data)

    def close(self) -> None:
        self.said.append("closed")

    def fail(self, error: BaseException) -> None:
        self.said.append("failed")

    def limit(self, seconds: float) -> None:
        self.said.append("limited")

    def cut(self) -> bool:
        self.said.append("cut")
        return True

    def drop(self) -> None:
        self.said.append("dropped")


def response_stream(
    sink: Recorder, content_type: str = "text/event-stream", status: int = 200, head: bool = False
) -> ResponseStream:
    options = Options(media_type=content_type, status=status, grace=None, heartbeat=None, margin=1)
    return ResponseStream(sink, options, Deadline(None, 1), request_id=None, head=head)


def test_response_stream_head_is_sent_once_with_the_first_item() -> None:
    sink = Recorder()
    response = response_stream(sink)
    start(response, 201, {"content-type": "text/event-stream"}, ())
    response.send("a")
    response.send("b")
    response.end()
    response.end()
    assert sink.said == [201, b"data: a\n\n", b"data: b\n\n", "closed"]


def test_response_stream_without_items_sends_only_the_head() -> None:
    sink = Recorder()
    response_stream(sink).end()
    assert sink.said == [200, "closed"]


def test_response_stream_heartbeat_comment_opens_the_response() -> None:
    sink = Recorder()
    response_stream(sink).ping()
    assert sink.said == [200, PING]


@pytest.mark.parametrize("half", [b"data: ha", b"data: half\n", b"data: half\r\n"])
def test_response_stream_heartbeat_is_held_back_within_an_event(half: bytes) -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.send(half)
    response.ping()
    assert sink.said == [200, half]
    response.send(b"\n\n")
    response.ping()
    assert sink.said[-1] == PING


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
def test_response_stream_event_may_end_in_any_line_ends_and_chunks(end: str) -> None:
    sink = Recorder()
    response = response_stream(sink)
    for char in "data: x" + end:
        response.send(char.encode())
    response.ping()
    assert sink.said[-1] == PING


def test_response_stream_sends_nothing_after_the_end() -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.end()
    response.ping()
    fail(response, RuntimeError())
    assert sink.said == [200, "closed"]
    with pytest.raises(RuntimeError, match="already ended"):
        response.send("late")


def test_response_stream_failure_is_an_error_event_and_reported_to_lambda() -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.send(Event("a"))
    fail(response, HTTPError(500, "no"))
    error = sink.said[2]
    assert isinstance(error, bytes)
    assert error.startswith(b"event: error\n")
    assert sink.said[3:] == ["failed", "dropped"]


def test_failure_in_content_type_without_error_form_is_cut() -> None:
    sink = Recorder()
    response = response_stream(sink, "text/plain")
    response.send("a")
    fail(response, RuntimeError())
    assert sink.said == [200, b"a", "dropped"]


@pytest.mark.parametrize("error", [RuntimeError(), HTTPError(503, "no")], ids=["exception", "http error"])
def test_failure_before_the_first_byte_is_a_whole_response_or_left_to_the_loop(error: Exception) -> None:
    sink = Recorder()
    told = fail(response_stream(sink), error)
    assert told is isinstance(error, HTTPError)
    assert (sink.said[:1], sink.said[-2:]) == (
        ([503], ["closed", "dropped"]) if told else (["dropped"], ["dropped"])
    )


@pytest.mark.parametrize("error", [HTTPError(500, b"bytes"), HTTPError(429, "x", param=object())])  # type: ignore[arg-type]
def test_failure_without_json_form_has_a_fixed_message(error: HTTPError) -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.send("a")
    fail(response, error)
    assert b"the response could not be completed" in sink.said[2]  # type: ignore[operator]
    assert sink.said[3:] == ["failed", "dropped"]


def test_failure_after_a_chunk_that_was_cut_is_a_closed_connection() -> None:
    class Interrupted(Recorder):
        def write(self, data: bytes) -> None:
            if self.said[-1] != 200:
                raise TimeoutError("a signal handler of the application")
            super().write(data)

    sink = Interrupted()
    response = response_stream(sink)
    response.send("a")
    with pytest.raises(TimeoutError):
        response.send("b")
    with pytest.raises(StreamRejected, match="cut off in a chunk"):
        response.send("c")
    with pytest.raises(StreamRejected, match="cut off in a chunk"):
        response.end()
    fail(response, TimeoutError())
    assert sink.said == [200, b"data: a\n\n", "dropped"]


def test_response_stream_rejected_by_runtime_api_reports_nothing() -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.send("a")
    sink.broken = True
    with pytest.raises(StreamRejected) as gone:
        response.send("b")
    fail(response, gone.value)
    assert sink.said == [200, b"data: a\n\n", "dropped"]


def test_response_stream_runtime_api_lost_during_report_keeps_the_failure() -> None:
    sink = Recorder(broken=True)
    response = response_stream(sink)
    with pytest.raises(StreamRejected):
        response.send("a")
    fail(response, RuntimeError())
    assert sink.said == [200, "dropped"]


@pytest.mark.parametrize(("status", "head"), [(204, False), (205, False), (304, False), (200, True)])
def test_response_stream_without_body_drops_items_and_heartbeats(status: int, head: bool) -> None:
    sink = Recorder()
    response = response_stream(sink, status=status, head=head)
    assert not response.takes_pings
    response.send("a")
    response.end()
    assert sink.said == [status, "closed"]


@pytest.mark.parametrize(
    ("content_type", "takes"),
    [
        ("text/event-stream; charset=utf-8", True),
        ("Text/Event-Stream", True),
        ("text/plain", False),
        ("", False),
    ],
)
def test_response_stream_only_sse_takes_heartbeats(content_type: str, takes: bool) -> None:
    assert response_stream(Recorder(), content_type).takes_pings is takes


def test_response_stream_sent_head_cannot_be_changed() -> None:
    response = response_stream(Recorder())
    response.send("a")
    with pytest.raises(RuntimeError, match="already sent"):
        start(response, 500, {}, ())


def test_response_stream_head_cannot_be_changed_while_it_is_sent() -> None:
    sending, go_on = threading.Event(), threading.Event()

    class Slow(Recorder):
        def open(self, prelude: Prelude) -> None:
            sending.set()
            go_on.wait(60)

    response = response_stream(Slow())
    heartbeat = threading.Thread(target=response.ping)
    heartbeat.start()
    sending.wait(10)
    release = threading.Timer(0.05, go_on.set)
    release.start()
    with pytest.raises(RuntimeError, match="already sent"):
        start(response, 404, {}, ())
    for thread in (heartbeat, release):
        thread.join()


def test_response_stream_body_with_a_last_event_of_its_own_ends_a_failure_with_it() -> None:
    sink = Recorder()
    response = response_stream(sink)
    response.last_event = lambda error: f"data: {error}\n\n".encode()
    response.send("a")
    fail(response, HTTPError(503, "later"))
    assert sink.said[1:] == [b"data: a\n\n", b"data: later\n\n", "failed", "dropped"]


def test_response_stream_last_event_that_fails_itself_leaves_the_usual_one() -> None:
    def broken(error: BaseException) -> bytes:
        raise ValueError("no form")

    sink = Recorder()
    response = response_stream(sink)
    response.last_event = broken
    response.send("a")
    fail(response, HTTPError(503, "later"))
    assert str(sink.said[2]).startswith("b'event: error")
    assert sink.said[3:] == ["failed", "dropped"]


def test_response_stream_last_event_of_the_body_ends_any_media_type() -> None:
    sink = Recorder()
    response = response_stream(sink, "application/x-ndjson")
    response.last_event = lambda error: b"{}\n"
    response.send("a\n")
    fail(response, HTTPError(503, "later"))
    assert sink.said[2] == b"{}\n"
