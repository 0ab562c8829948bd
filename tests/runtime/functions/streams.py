"""Handlers that the runtime tests run in Lambda's stead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambda_streaming import Event, HTTPError, Response, stream

from tests.runtime.functions import gate


@stream
def gated(event: Mapping[str, object], context: object) -> Iterator[object]:
    yield {"n": 1}
    gate.wait()
    yield "two\nlines"
    gate.wait()
    yield Event({"n": 3}, event="done")


@stream
def refuses(event: Mapping[str, object], context: object) -> Iterator[object]:
    raise HTTPError(429, "slow down", code="throttled", headers={"Retry-After": "1"})
    yield


@stream
def crashes(event: Mapping[str, object], context: object) -> Iterator[object]:
    raise RuntimeError("before the first byte")
    yield


@stream
def breaks(event: Mapping[str, object], context: object) -> Iterator[object]:
    try:
        yield {"n": 1}
        raise RuntimeError("in the middle of arn:aws:lambda:us-east-1:123456789012:function:f")
    finally:
        gate.say(b"finally")


@stream
def full(event: Mapping[str, object], context: object) -> Response:
    return Response(
        201,
        {"Content-Type": "application/json", "X-Many": ["a", "b"], "Set-Cookie": "a=1; Path=/"},
        ["b=2"],
        {"made": True},
    )


@stream
def endless(event: Mapping[str, object], context: object) -> Iterator[object]:
    try:
        while True:
            yield "x" * 1000
    finally:
        gate.say(b"closed")


def buffered(event: Mapping[str, object], context: object) -> Mapping[str, object]:
    return {"statusCode": 200, "body": "plain"}


@stream
def bodyless(event: Mapping[str, Any], context: object) -> Response:
    return Response(event["status"], body=({"n": n} for n in range(3)))


def watched(event: Mapping[str, object], context: object) -> object:
    """Stand in for what Powertools and its like put around a handler."""
    try:
        return breaks(event, context)
    except Exception as error:
        gate.say(type(error).__name__.encode())
        raise
