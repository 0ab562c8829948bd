"""The handlers of ../node/conformance.mjs, written for this library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from lambda_streaming import HTTPError, Response, stream


class ModelError(Exception):
    """What a model does."""


@stream
def whole(event: object, context: object) -> Response:
    body = ["one", "twö"]
    return Response(headers={"content-type": "text/event-stream"}, cookies=["a=1; Path=/", "b=2"], body=body)


@stream
def fails(event: object, context: object) -> Iterator[object]:
    yield "one"
    raise ModelError("boom in the middle ö")


@stream(media_type="text/plain")
def cut(event: object, context: object) -> Iterator[object]:
    yield "one"
    raise ModelError("plain text has no place for it")


@stream
def says_a_lot(event: object, context: object) -> Iterator[object]:
    yield "one"
    raise ModelError("boom" * 5000)


@stream
def refused(event: object, context: object) -> Response:
    return Response(429, {"x-many": ["1", "2"]}, body="slow down")


@stream(status=201)
def empty(event: object, context: object) -> Iterator[object]:
    yield b""


@stream(media_type="application/octet-stream")
async def binary(event: object, context: object) -> AsyncIterator[object]:
    yield bytes(16) + b"\xff\r\n0\r\n\r\n"
    yield b"\x07" * (1 << 20)


@stream
def http_error(event: object, context: object) -> Iterator[object]:
    raise HTTPError(400, "no")
    yield


@stream
def crashes(event: object, context: object) -> Iterator[object]:
    raise RuntimeError("before the first byte")
    yield


@stream
def endless(event: object, context: object) -> Iterator[object]:
    while True:
        yield "x" * 1000


def by_event(event: dict[str, str], context: object) -> object:
    """Run the handler that the event names, so that one process runs them all."""
    return globals()[event["handler"]](event, context)
