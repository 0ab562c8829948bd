"""Stand in for Bedrock on a real socket, and do request by request what a test has written down."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator

from tests.support import event_stream
from tests.support.event_stream import message
from tests.support.servers import LAST_CHUNK, Answer, Request, ScriptedServer, chunked, closed, head
from tests.support.servers import whole as refused

__all__ = [
    "STREAMED",
    "Answer",
    "Bedrock",
    "Request",
    "closed",
    "error",
    "event",
    "exception",
    "message",
    "pieces",
    "refused",
    "streamed",
    "text",
    "whole",
]

Bedrock = ScriptedServer
#: Header fields of an answer that is a stream.
STREAMED = {
    "content-type": "application/vnd.amazon.eventstream",
    "transfer-encoding": "chunked",
    "x-amzn-requestid": "r-1",
}


def error(status: int, code: str, message: str = "m", **headers: str) -> Answer:
    """Answer with an error as Bedrock writes it."""
    return refused(
        status,
        json.dumps({"message": message}).encode(),
        **{"x-amzn-errortype": f"{code}:http://internal.amazon.com/coral/", **headers},
    )


def streamed(*parts: bytes | Callable[[], object], end: bool = True, reset: bool = False) -> Answer:
    """Answer with a chunked event stream; a callable among the parts is what the server waits for.

    :param end: whether the last chunk is sent, without which the stream is cut
    :param reset: whether it is cut by a TCP reset
    """

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head(200, STREAMED))
        for part in parts:
            if callable(part):
                part()
            else:
                connection.sendall(chunked(part))
        if end:
            connection.sendall(LAST_CHUNK)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return end

    return answer


def event(kind: str, **members: object) -> bytes:
    """Return an event as Bedrock sends it: with padding."""
    return event_stream.event(kind, {**members, "p": "abcdefgh"})


def exception(kind: str, **members: object) -> bytes:
    """Return an exception inside the stream."""
    return event_stream.exception(kind, members)


def text(value: str) -> bytes:
    """Return the event of a piece of text."""
    return event("contentBlockDelta", contentBlockIndex=0, delta={"text": value})


def whole(value: str = "Hello") -> list[bytes]:
    """Return the events of a complete stream."""
    return [
        event("messageStart", role="assistant"),
        text(value),
        event("contentBlockStop", contentBlockIndex=0),
        event("messageStop", stopReason="end_turn"),
        event(
            "metadata",
            usage={"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
            metrics={"latencyMs": 9},
        ),
    ]


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Cut bytes."""
    return (data[at : at + size] for at in range(0, len(data), size))
