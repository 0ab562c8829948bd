"""What holds for every response, whatever the handler does; outside Lambda, where nothing hides it."""

from __future__ import annotations

import _thread
import asyncio
import gc
import inspect
import json
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace

import pytest
from lambda_streaming import (
    HTTPError,
    Response,
    ResponseWriter,
    stream,
)

CONTEXT = SimpleNamespace(aws_request_id="id-1")
N1 = b'data: {"n":1}\n\n'
# API Gateway, edge-optimized: a stream that is idle for so long is closed. Lambda: the longest
# initialization.
EDGE_IDLE_SECONDS = 30
INITIALIZATION_SECONDS = 10


def test_stream_http_error_response_has_headers_of_decorator() -> None:
    @stream(headers={"access-control-allow-origin": "https://example.com"})
    def handler(event: object, context: object) -> Iterator[object]:
        raise HTTPError(429, "slow down", headers={"Retry-After": "1"})
        yield

    response = handler({}, CONTEXT)
    assert response.status == 429
    assert response.headers["content-type"] == "application/json"
    assert response.headers["retry-after"] == "1"
    assert response.headers["access-control-allow-origin"] == "https://example.com"
    assert json.loads(response.body)["request_id"] == "id-1"


@pytest.mark.parametrize("before", [0, 1])
def test_stream_other_exception_is_raised(before: int) -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        for n in range(before):
            yield {"n": n}
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        handler({}, CONTEXT)


def test_stream_http_error_after_first_byte_is_raised() -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"n": 1}
        raise HTTPError(500, "too late")

    with pytest.raises(HTTPError, match="too late"):
        handler({}, CONTEXT)


@pytest.mark.parametrize(
    "result", [None, {"status": 200, "body": ""}, "text", [1]], ids=["None", "dict", "str", "list"]
)
def test_stream_result_that_is_not_a_response_is_refused(result: object) -> None:
    with pytest.raises(TypeError, match="must yield items or return a Response, got"):
        stream(lambda event, context: result)({}, CONTEXT)


@pytest.mark.parametrize("kind", ["generator", "asynchronous", "writer"])
def test_stream_traceback_has_decorator_then_handler(kind: str) -> None:
    def generator(event: object, context: object) -> Iterator[object]:
        yield {"n": 1}
        raise ValueError(kind)

    async def asynchronous(event: object, context: object) -> AsyncIterator[object]:
        yield {"n": 1}
        raise ValueError(kind)

    def writer(event: object, context: object, response: ResponseWriter) -> None:
        response.write({"n": 1})
        raise ValueError(kind)

    handlers: tuple[Callable[..., object], ...] = (generator, asynchronous, writer)
    (handler,) = (handler for handler in handlers if handler.__name__ == kind)
    with pytest.raises(ValueError, match=kind) as raised:
        stream(handler)({}, CONTEXT)
    _, *frames = traceback.extract_tb(raised.value.__traceback__)
    assert [frame.name for frame in frames] == ["handler", "answer", kind]


def test_stream_traceback_without_handler_is_complete() -> None:
    with pytest.raises(TypeError, match="must yield") as raised:
        stream(lambda event, context: None)({}, CONTEXT)
    assert traceback.extract_tb(raised.value.__traceback__)[-1].name == "send_result"


def test_stream_exhausted_generator_is_refused() -> None:
    used = (n for n in [{"n": 1}])
    list(used)
    with pytest.raises(RuntimeError, match="put it outside of stream"):
        stream(lambda event, context: used)({}, CONTEXT)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_stream_status_without_body_sends_only_the_head(status: int) -> None:
    response = stream(lambda event, context: Response(status))({}, CONTEXT)
    assert (response.status, response.chunks) == (status, [])
    assert "content-type" not in response.headers


def test_stream_head_request_sends_head_and_closes_the_generator() -> None:
    closed = []

    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        try:
            while True:
                yield {"n": 1}
        finally:
            closed.append(True)

    response = handler({"httpMethod": "HEAD"}, CONTEXT)
    assert (response.status, response.chunks, closed) == (200, [], [True])


@pytest.mark.parametrize("empty", [b"", bytearray()])
def test_stream_empty_chunk_is_not_sent(empty: bytes) -> None:
    @stream(media_type="text/plain")
    def handler(event: object, context: object) -> Iterator[object]:
        yield empty
        yield ""
        yield "x"

    assert handler({}, CONTEXT).chunks == [b"x"]


def test_stream_async_generator_is_closed_when_an_item_is_refused() -> None:
    closed = []

    @stream
    async def handler(event: object, context: object) -> AsyncIterator[object]:
        try:
            yield 7
        finally:
            closed.append(True)

    with pytest.raises(TypeError):
        handler({}, CONTEXT)
    assert closed == [True]


def test_stream_cancelled_error_of_handler_is_a_runtime_error() -> None:
    @stream
    async def handler(event: object, context: object) -> AsyncIterator[object]:
        raise asyncio.CancelledError
        yield

    with pytest.raises(RuntimeError, match="cancelled"):
        handler({}, CONTEXT)


def test_stream_leaves_no_thread_after_the_response() -> None:
    """Its code has ended; the rest of the thread is Python's, and takes a moment."""
    before = _thread._count()

    def until(count: int) -> None:
        """Wait for a number of threads: each counts itself once it runs."""
        latest = time.monotonic() + 10
        while _thread._count() != count:
            assert time.monotonic() < latest
            time.sleep(0.001)

    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        until(before + 1)
        yield {"n": 1}

    handler({}, CONTEXT)
    frames = [top for frame in sys._current_frames().values() for top in (frame, frame.f_back) if top]
    assert "_watch" not in {frame.f_code.co_name for frame in frames}
    until(before)


def test_stream_generator_is_closed_without_garbage_collection() -> None:
    closed = []

    def items() -> Iterator[object]:
        try:
            yield 7
        finally:
            closed.append(True)

    kept = items()
    gc.disable()
    try:
        with pytest.raises(TypeError):
            stream(lambda event, context: Response(body=kept))({}, CONTEXT)  # type: ignore[arg-type]
    finally:
        gc.enable()
    assert closed == [True]


def test_stream_defaults_keep_edge_optimized_api_alive_after_cold_start() -> None:
    options = inspect.signature(stream).parameters
    assert INITIALIZATION_SECONDS + options["grace"].default < EDGE_IDLE_SECONDS
    assert options["heartbeat"].default < EDGE_IDLE_SECONDS


@pytest.mark.parametrize("content_type", ["text/html", "text/event-stream; charset=utf-8"])
def test_stream_http_error_is_json_whatever_the_content_type(content_type: str) -> None:
    @stream(headers={"content-type": content_type})
    def handler(event: object, context: object) -> Iterator[object]:
        raise HTTPError(400, "<b>no</b>")
        yield

    response = handler({}, CONTEXT)
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.body)["error"]["message"] == "<b>no</b>"
