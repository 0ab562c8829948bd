"""Handlers of every form that meet a fault after their first item, or before it; the event names both."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from lambda_streaming import Response, ResponseWriter, asgi, stream, wsgi

from tests.runtime.functions import strikes

# Half of the time that there is, at most: for the shortest timeouts of the tests, too.
options = stream(margin=3)
plain = stream(margin=3, media_type="text/plain")
Item = dict[str, object] | bytes
N1: dict[str, object] = {"n": 1}
N2: dict[str, object] = {"n": 2}
PRODUCED: dict[str, Item] = {"produces": N2, "floods": b"x" * 32_000_000}


def strike(event: dict[str, str]) -> None:
    """Meet the fault in synchronous code."""
    met = strikes.STRIKES[event["fault"]]()
    if inspect.isawaitable(met):
        asyncio.run(awaited(met))


async def strike_async(event: dict[str, str]) -> None:
    """Meet the fault in asynchronous code."""
    met = strikes.STRIKES[event["fault"]]()
    if inspect.isawaitable(met):
        await met


async def awaited(met: Any) -> None:  # noqa: ANN401
    await met


def encoded(item: Item) -> bytes:
    return item if isinstance(item, bytes) else f"data: {item}\n\n".encode()


def items(event: dict[str, str]) -> Iterator[Item]:
    if event["when"] == "after":
        yield N1
    strike(event)
    yield N2
    while event["fault"] in PRODUCED:
        yield PRODUCED[event["fault"]]


async def items_async(event: dict[str, str]) -> AsyncIterator[Item]:
    if event["when"] == "after":
        yield N1
    await strike_async(event)
    yield N2
    while event["fault"] in PRODUCED:
        yield PRODUCED[event["fault"]]


@options
def generator(event: dict[str, str], context: object) -> Iterator[object]:
    yield from items(event)


@options
async def async_generator(event: dict[str, str], context: object) -> AsyncIterator[object]:
    async for item in items_async(event):
        yield item


@options
def response(event: dict[str, str], context: object) -> Response:
    return Response(201, body=items(event))


@options
def writer(event: dict[str, str], context: object, response: ResponseWriter) -> None:
    for item in items(event):
        response.write(item)


@options
def threads(event: dict[str, str], context: object, response: ResponseWriter) -> None:
    def work() -> None:
        for item in items(event):
            response.write(item)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join()


@plain
def text(event: dict[str, str], context: object) -> Iterator[object]:
    for item in items(event):
        yield encoded(item)


async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    if scope["type"] != "http":
        raise NotImplementedError
    event = scope["aws.event"]
    head = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/event-stream")],
    }
    started = False
    async for item in items_async(event):
        if not started:
            await send(head)
        started = True
        await send({"type": "http.response.body", "body": encoded(item), "more_body": True})
    await send({"type": "http.response.body"})


def blocks(environ: Any, start_response: Any) -> Iterator[bytes]:  # noqa: ANN401
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    for item in items(environ["aws.event"]):
        yield encoded(item)


REQUEST = {"httpMethod": "GET", "path": "/"}
asynchronous, synchronous = asgi(application, margin=3), wsgi(blocks, margin=3)


def served(event: dict[str, str], context: object) -> object:
    return asynchronous(event | REQUEST, context)


def served_synchronously(event: dict[str, str], context: object) -> object:
    return synchronous(event | REQUEST, context)


FORMS = {
    "generator": generator,
    "async generator": async_generator,
    "Response": response,
    "writer": writer,
    "writer with threads": threads,
    "ASGI": served,
    "WSGI": served_synchronously,
    "plain text": text,
}


def by_event(event: dict[str, str], context: object) -> object:
    """Run the form that the event names, so that one process sees several."""
    return FORMS[event["form"]](event, context)
