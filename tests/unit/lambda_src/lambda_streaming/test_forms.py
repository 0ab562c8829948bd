"""Every form of a handler, outside Lambda, where the decorated function returns what it would have sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from types import SimpleNamespace

import pytest
from lambda_streaming import Event, Response, ResponseWriter, stream

CONTEXT = SimpleNamespace(aws_request_id="id-1")
N1, N2 = b'data: {"n":1}\n\n', b'data: {"n":2}\n\n'


async def two() -> AsyncIterator[object]:
    yield {"n": 1}
    await asyncio.sleep(0)
    yield {"n": 2}


def generator(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    yield {"n": 2}


async def asynchronous_generator(event: object, context: object) -> AsyncIterator[object]:
    async for item in two():
        yield item


def returns_iterable(event: object, context: object) -> Response:
    return Response(body=[{"n": 1}, {"n": 2}])


def returns_async_iterable(event: object, context: object) -> Response:
    return Response(body=two())  # type: ignore[arg-type]


async def asynchronous_response(event: object, context: object) -> Response:
    await asyncio.sleep(0)
    return Response(body=two())  # type: ignore[arg-type]


def writer(event: object, context: object, response: ResponseWriter) -> None:
    response.write({"n": 1})
    response.write({"n": 2})


async def asynchronous_writer(event: object, context: object, response: ResponseWriter) -> None:
    async for item in two():
        response.write(item)  # type: ignore[arg-type]


def writer_behind_a_decorator() -> Callable[..., object]:
    @wraps(writer)
    def outer(*arguments: object) -> None:
        writer(*arguments)  # type: ignore[arg-type]

    return outer


class Handlers:
    """Handlers that are methods."""

    def generator(self, event: object, context: object) -> Iterator[object]:
        return generator(event, context)

    def writer(self, event: object, context: object, response: ResponseWriter) -> None:
        writer(event, context, response)

    def __call__(self, event: object, context: object, response: ResponseWriter) -> None:
        writer(event, context, response)


@pytest.mark.parametrize(
    "handler",
    [
        generator,
        asynchronous_generator,
        returns_iterable,
        returns_async_iterable,
        asynchronous_response,
        writer,
        asynchronous_writer,
        writer_behind_a_decorator(),
        Handlers().generator,
        Handlers().writer,
        Handlers(),
    ],
    ids=lambda handler: getattr(handler, "__name__", "instance"),
)
def test_stream_every_handler_form_sends_the_same_response(handler: Callable[..., object]) -> None:
    response = stream(handler)({}, CONTEXT)
    assert (response.status, response.chunks) == (200, [N1, N2])
    assert response.headers == {
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
        "x-request-id": "id-1",
        "request-id": "id-1",
    }


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        (b"\xff", "application/octet-stream", b"\xff"),
        ("é", "text/plain; charset=utf-8", "é".encode()),
        ({"n": 1}, "application/json", b'{"n":1}\n'),
        (({"n": n} for n in (1, 2)), "text/event-stream", N1 + N2),
        ([], "text/event-stream", b""),
        (b"", None, b""),
        ("", None, b""),
    ],
    ids=["bytes", "str", "dict", "iterable", "no items", "no bytes", "no text"],
)
def test_stream_response_body_sets_the_content_type(
    body: bytes, content_type: str | None, sent: bytes
) -> None:
    response = stream(lambda event, context: Response(201, body=body))({}, CONTEXT)
    assert (response.status, response.headers.get("content-type"), response.body) == (201, content_type, sent)


def test_stream_headers_of_response_override_decorator_and_defaults() -> None:
    @stream(headers={"X-A": "decorator", "X-B": "decorator", "Cache-Control": "no-store"}, status=202)
    def handler(event: object, context: object) -> Response:
        return Response(headers={"x-a": "own", "Content-Type": "text/css"}, cookies=["a=1"], body=b"{}")

    response = handler({}, CONTEXT)
    assert response.status == 200
    assert response.cookies == ["a=1"]
    wanted = {"x-a": "own", "x-b": "decorator", "cache-control": "no-store", "content-type": "text/css"}
    assert wanted.items() <= response.headers.items()


def test_stream_decorator_sets_status_and_media_type_of_a_generator() -> None:
    @stream(media_type="application/x-ndjson", status=202)
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"n": 1}
        yield "text\n"
        yield b"bytes\n"

    response = handler({}, CONTEXT)
    assert (response.status, response.headers["content-type"]) == (202, "application/x-ndjson")
    assert response.chunks == [b'{"n":1}\n', b"text\n", b"bytes\n"]


def test_stream_writer_sets_status_before_the_first_item() -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        response.start(201, {"X-A": "a"}, ["b=1"])
        response.write(Event("x"))
        with pytest.raises(RuntimeError, match="already sent"):
            response.start(202)

    response = handler({}, CONTEXT)
    assert (response.status, response.headers["x-a"], response.cookies) == (201, "a", ["b=1"])


def test_stream_writer_may_run_on_after_its_response() -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        response.write({"n": 1})
        response.end()
        with pytest.raises(RuntimeError, match="already ended"):
            response.write({"n": 2})

    assert handler({}, CONTEXT).chunks == [N1]


def test_stream_async_handlers_share_one_event_loop() -> None:
    loops = []

    @stream
    async def handler(event: object, context: object) -> AsyncIterator[object]:
        loops.append(asyncio.get_running_loop())
        yield {"n": 1}

    handler({}, CONTEXT)
    handler({}, CONTEXT)
    assert loops[0] is loops[1]


@pytest.mark.parametrize("option", ["grace", "heartbeat", "margin"])
@pytest.mark.parametrize("value", [0, -1])
def test_stream_option_out_of_range_is_refused_on_decoration(option: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{option} must be more than 0 seconds, got {value}"):
        stream(**{option: value})  # type: ignore[call-overload]


def test_stream_invalid_headers_are_refused_on_decoration() -> None:
    with pytest.raises(ValueError, match="without control characters"):
        stream(headers={"x": "\n"})


def test_stream_decorated_function_keeps_name_and_wrapped() -> None:
    assert vars(stream(generator))["__wrapped__"] is generator
    assert stream(generator).__name__ == "generator"


def test_response_headers_that_its_body_replaces_before_the_first_item_are_sent() -> None:
    @stream
    def handler(event: object, context: object) -> Response:
        response = Response(headers={"x-kept": "1", "x-late": "no"})

        def items() -> Iterator[dict[str, object]]:
            response.headers = {**response.headers, "x-late": "yes"}
            yield {"n": 1}
            response.headers = {"x-late": "too late"}
            yield {"n": 2}

        response.body = items()
        return response

    answer = handler({}, CONTEXT)
    assert answer.body == N1 + N2
    assert (answer.headers["x-kept"], answer.headers["x-late"]) == ("1", "yes")
