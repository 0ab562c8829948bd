"""What is called once the response of an invocation has ended, with the error that ended it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from lambda_streaming import (
    CollectedResponse,
    DeadlineExceeded,
    HTTPError,
    Response,
    StreamRejected,
    at_end,
    stream,
    stream_id,
)
from lambda_streaming._test_response import invocation
from lambda_streaming_store import recording

Told = list[BaseException | None]


def test_at_end_tells_of_a_whole_response_once_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(CollectedResponse, "close", lambda _: told.append("closed"))

    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        at_end(lambda error: told.append(f"told {error}"))
        yield "a"
        told.append("left")

    handler({}, None)
    assert told == ["left", "closed", "told None"]
    handler({}, None)
    assert len(told) == 6


def test_at_end_tells_of_an_error_that_the_client_got_as_a_status() -> None:
    told: Told = []

    @stream
    def handler(event: object, context: object) -> None:
        at_end(told.append)
        raise HTTPError(404, "there is no such report", code="report_not_found")

    assert handler({}, None).status == 404
    assert [error.code for error in told if isinstance(error, HTTPError)] == ["report_not_found"]


@pytest.mark.parametrize("error", [ValueError("x"), StreamRejected("x"), KeyboardInterrupt()])
def test_at_end_tells_of_an_exception_that_broke_the_stream(error: BaseException) -> None:
    told: Told = []

    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        at_end(told.append)
        yield "a"
        raise error

    with pytest.raises(type(error)):
        handler({}, None)
    assert told == [error]


def test_at_end_function_that_fails_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told: Told = []

    def fail(_error: BaseException | None) -> None:
        raise ZeroDivisionError

    @stream
    def handler(event: object, context: object) -> Response:
        at_end(told.append)
        at_end(fail)
        return Response(body="whole")

    with caplog.at_level(logging.ERROR):
        assert handler({}, None).body == b"whole"
    assert told == [None]
    assert "ZeroDivisionError" in caplog.text
    assert invocation().at_end == []


def test_stream_id_is_nothing_where_no_store_keeps_the_stream() -> None:
    seen: list[str | None] = []

    @stream
    def handler(event: object, context: object) -> Response:
        seen.append(stream_id())
        return Response()

    handler({}, None)
    assert seen == [None]


def test_at_end_tells_once_of_a_response_whose_handler_cannot_be_left() -> None:
    told: Told = []
    ended = threading.Event()

    def note(error: BaseException | None) -> None:
        told.append(error)
        ended.set()

    @stream(margin=0.1)
    def handler(event: object, context: object) -> Iterator[str]:
        at_end(note)
        yield "a"
        while not ended.is_set():
            try:
                ended.wait(10)
            except BaseException:
                continue

    with pytest.raises(DeadlineExceeded):
        handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 600))
    (error,) = told
    assert isinstance(error, DeadlineExceeded)


def test_stream_id_is_that_of_the_response_where_a_store_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> object:
        raise OSError(f"no table {name}")

    seen: list[str | None] = []
    monkeypatch.setenv("STREAM_STORE_TABLE", "streams")
    monkeypatch.setattr(recording, "table_of", broken)

    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        seen.append(stream_id())
        yield "a"

    response = handler({"requestContext": {}}, None)
    assert seen == [response.headers["x-stream-id"]]
    monkeypatch.delenv("STREAM_STORE_TABLE")
    handler({"requestContext": {}}, None)
    assert seen[1:] == [None]
