"""Probes that go wrong in one way each, run by the local gateway as Lambda runs functions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping

from lambda_streaming import HTTPError, stream

Request = Mapping[str, str]
#: Seconds: what the batching and the stalling probe hold back.
PERIOD, PAUSE = 0.5, 1.2


def wire(fields: Mapping[str, object], event: str = "") -> bytes:
    """Return one server-sent event."""
    kind = f"event: {event}\n" if event else ""
    return f"{kind}data: {json.dumps(fields)}\n\n".encode()


def due(request: Request) -> Iterator[bytes]:
    """Yield what an honest probe writes, when it is due."""
    challenge = json.loads(request["body"])
    started = time.monotonic()
    time.sleep(challenge.get("first_ms", 0) / 1000)
    for number, gap in enumerate([0, *challenge["gaps_ms"]]):
        time.sleep(gap / 1000)
        yield wire({"i": number, "s": (time.monotonic() - started) * 1000})
    yield wire({"events": len(challenge["gaps_ms"]) + 1}, "done")


def collected(request: Request, context: object) -> dict[str, object]:
    """Answer as an ordinary function, behind a method that buffers."""
    headers = {"Content-Type": "text/event-stream"}
    return {"statusCode": 200, "headers": headers, "body": b"".join(due(request)).decode()}


@stream
def batched(request: Request, context: object) -> Iterator[bytes]:
    """Write at intervals what has been collected."""
    held, since = b"", time.monotonic()
    for event in due(request):
        held += event
        if time.monotonic() - since > PERIOD:
            yield held
            held, since = b"", time.monotonic()
    yield held


@stream
def stalled(request: Request, context: object) -> Iterator[bytes]:
    """Hold everything back for a while in the middle."""
    held, since = b"", 0.0
    for number, event in enumerate(due(request)):
        held += event
        if number == 4:
            since = time.monotonic()
        if time.monotonic() - since > PAUSE:
            yield held
            held = b""
    yield held


@stream
def slow(request: Request, context: object) -> Iterator[bytes]:
    """Do the work of a cold start before every answer."""
    time.sleep(1.3)
    yield from due(request)


@stream
def crashing(request: Request, context: object) -> Iterator[bytes]:
    """Fail before the first byte."""
    raise HTTPError(503, "the database is closed", code="unavailable")


@stream
def failing(request: Request, context: object) -> Iterator[bytes]:
    """Fail after the first events."""
    events = due(request)
    yield next(events)
    yield next(events)
    raise RuntimeError("boom")


@stream
def dying(request: Request, context: object) -> Iterator[bytes]:
    """End the process after the first events, as an extension or too little memory may."""
    events = due(request)
    yield next(events)
    yield next(events)
    time.sleep(0.05)
    os._exit(1)


@stream
def chatting(request: Request, context: object) -> Iterator[dict[str, object]]:
    """Stream text, which is not what a probe does."""
    for _ in range(30):
        time.sleep(0.05)
        yield {"text": "Hello "}
