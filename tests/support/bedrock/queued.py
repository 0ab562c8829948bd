"""Stand in for Bedrock: it answers ConverseStream in frames that the test sends one at a time."""

from __future__ import annotations

import json
import queue
import socket
from base64 import b64encode
from types import TracebackType

from tests.support import event_stream
from tests.support.bedrock.refusal import VENDOR_APIS, refusal_of
from tests.support.bedrock.scripted import STREAMED, error
from tests.support.event_stream import event
from tests.support.runtime_api import TIMEOUT
from tests.support.servers import LAST_CHUNK, HttpServer, Request, chunked, head

__all__ = ["CUT", "METADATA", "START", "STOP", "Bedrock", "chunk", "event", "exception", "text"]

CUT = b"cut"


def exception(name: str, message: str) -> bytes:
    """Return the frame of an exception inside the stream."""
    return event_stream.exception(name, {"message": message})


def text(piece: str) -> bytes:
    """Return the frame of a piece of text."""
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})


def chunk(members: object) -> bytes:
    """Return the frame of a chunk of InvokeModelWithResponseStream."""
    return event("chunk", {"bytes": b64encode(json.dumps(members).encode()).decode()})


def sse(members: object) -> bytes:
    """Return an event of a path for the API of a vendor."""
    return b"data: %b\n\n" % json.dumps(members).encode()


START = event("messageStart", {"role": "assistant"})
STOP = event("messageStop", {"stopReason": "end_turn"})
METADATA = event(
    "metadata",
    {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 1}},
)


class Bedrock(HttpServer):
    """A Bedrock for ``with``; its answers are put into its queue, with None for the end of a response."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        #: Status, code and message of the error that every request gets.
        self.refusal: tuple[int, str, str] | None = None
        self._frames: queue.Queue[bytes | None] = queue.Queue()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._frames.put(CUT)  # an answer that still waits for a frame ends
        super().__exit__(kind, error, at)

    @property
    def asked(self) -> list[tuple[str, dict[str, object]]]:
        """The target and the body of each request."""
        return [(request.target, request.json()) for request in self.requests]

    def send(self, *frames: bytes | None) -> None:
        """Let the model produce frames; None ends the stream, and CUT breaks the connection."""
        for each in frames:
            self._frames.put(each)

    def forget(self) -> None:
        """Drop the frames that nobody read, and cut the answers that still wait for one."""
        left, self._frames = self._frames, queue.Queue()
        left.put(CUT)

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        if refused := refusal_of(request.target, request.headers, request.body):
            return error(400, refused.name, str(refused))(connection)
        if self.refusal:
            return error(*self.refusal)(connection)
        frames = self._frames
        events = {**STREAMED, "content-type": "text/event-stream"}
        connection.sendall(head(200, events if request.target in VENDOR_APIS else STREAMED))
        while (data := frames.get(timeout=TIMEOUT)) is not None:
            if data is CUT:
                return False
            connection.sendall(chunked(data))
        connection.sendall(LAST_CHUNK)
        return True
