"""Handlers that are silent for longer than somebody waits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

from lambda_streaming import HTTPError, ResponseWriter, stream

from tests.runtime.functions import gate

restless = stream(grace=0.05, heartbeat=0.05)


@restless
def slow_start(event: object, context: object) -> Iterator[object]:
    gate.wait()
    yield {"n": 1}


@restless
def slow_refusal(event: object, context: object) -> Iterator[object]:
    gate.wait()
    raise HTTPError(404, "not here")
    yield


@restless
async def slow_and_asynchronous(event: object, context: object) -> AsyncIterator[object]:
    await asyncio.to_thread(gate.wait)
    yield {"n": 1}


@restless
def slow_writer(event: object, context: object, response: ResponseWriter) -> None:
    response.start(201)
    gate.wait()
    response.write({"n": 1})


@stream(margin=0.5)
def blocked(event: object, context: object) -> Iterator[object]:
    try:
        yield {"n": 1}
        try:
            gate.wait()
        except Exception:
            yield "swallowed"
    finally:
        gate.say(b"finally")


@stream(margin=0.5)
def blocked_from_the_start(event: object, context: object) -> Iterator[object]:
    gate.wait()
    yield {"n": 1}


@stream(margin=3, media_type="text/plain")
def one_large_chunk(event: object, context: object) -> Iterator[object]:
    yield "x" * 32_000_000


@stream
def floods(event: object, context: object) -> Iterator[object]:
    while True:
        yield "x" * 65_536


@stream(margin=0.5)
async def waits_asynchronously(event: object, context: object) -> AsyncIterator[object]:
    try:
        yield {"n": 1}
        await asyncio.Event().wait()
    finally:
        gate.say(b"finally")


@stream(margin=0.5)
def blocked_writer(event: object, context: object, response: ResponseWriter) -> None:
    response.write({"n": 1})
    gate.wait()


@stream
def quick(event: object, context: object) -> Iterator[object]:
    yield {"pid": os.getpid()}


def by_event(event: dict[str, str], context: object) -> object:
    """Run the handler that the event names, so that one process sees several."""
    return globals()[event["handler"]](event, context)
