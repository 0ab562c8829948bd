"""Handlers whose streams are kept, in each media type; a test may hold them at its gate in the middle."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Iterator

from lambda_streaming import Event, Response, cancelled, stream

Request = dict[str, dict[str, str] | None]
PIECES = 24
ALPHABET = "aé€😀\n \r0"


def pieces(event: Request) -> Iterator[str]:
    """Yield the texts of a seed; with ``gate`` the test lets the second half go.

    With ``pace``, there are so many seconds between two at most.
    """
    query = event["queryStringParameters"] or {}
    rng, pauses, pace = random.Random(query["seed"]), random.Random(query["seed"]), query.get("pace")
    for number in range(PIECES):
        if pace:
            time.sleep(pauses.random() * float(pace))
        if number == PIECES // 2 and "gate" in query:
            wait()
        yield "".join(rng.choices(ALPHABET, k=rng.randrange(1, 60)))


def wait() -> None:
    """Connect to the test, and wait until it says go on; an interruption goes through."""
    host, port = os.environ["GATE"].split(":")
    with socket.create_connection((host, int(port))) as gate:
        gate.sendall(b"waits\n")
        if not gate.recv(1):
            raise RuntimeError("the test is gone")


@stream
def events(event: Request, context: object) -> Iterator[object]:
    for number, text in enumerate(pieces(event)):
        yield {"n": number, "text": text} if number % 2 else text


@stream(status=201, headers={"x-own": "kept", "x-several": ["1", "2"]}, media_type="application/x-ndjson")
def lines(event: Request, context: object) -> Iterator[object]:
    for number, text in enumerate(pieces(event)):
        yield {"n": number, "text": text}


@stream(media_type="text/plain; charset=utf-8")
def text(event: Request, context: object) -> Iterator[str]:
    yield from pieces(event)


@stream
def raw(event: Request, context: object) -> Response:
    chunks = (each.encode("utf-16") for each in pieces(event))
    return Response(200, {"content-type": "application/octet-stream"}, body=chunks)


@stream
def own_bytes(event: Request, context: object) -> Iterator[bytes]:
    for each in pieces(event):
        yield b"data: %b\n\n" % each.encode("unicode_escape")


@stream
def own_ids(event: Request, context: object) -> Iterator[Event]:
    for number, each in enumerate(pieces(event)):
        yield Event({"text": each}, id=f"mine-{number}")


@stream
def breaks(event: Request, context: object) -> Iterator[object]:
    yield {"n": 1}
    raise RuntimeError("in the middle")


@stream(media_type="text/plain")
def breaks_in_text(event: Request, context: object) -> Iterator[object]:
    yield "some text"
    raise RuntimeError("in the middle")


@stream
def dies(event: Request, context: object) -> Iterator[object]:
    yield {"n": 1}
    wait()
    os.kill(os.getpid(), 9)
    yield {"n": 2}


@stream
def blocked(event: Request, context: object) -> Iterator[object]:
    yield {"n": 1}
    wait()
    yield {"n": 2}


@stream
def asks(event: Request, context: object) -> Iterator[object]:
    """Count until somebody cancels; the interruption is swallowed, as by a careless library."""
    yield {"n": 1}
    try:
        wait()
    except BaseException:
        yield {"cancelled": cancelled()}
        raise


@stream
async def awaits(event: Request, context: object):  # type: ignore[no-untyped-def]
    import asyncio

    yield {"n": 1}
    await asyncio.Event().wait()


def authorizer(event: dict[str, str], context: object) -> object:
    """Let everybody in, by the name that the token is."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": event["authorizationToken"], "policyDocument": policy}
