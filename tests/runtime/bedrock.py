"""A Bedrock on a raw socket that answers ConverseStream in frames which the test sends one at a time."""

from __future__ import annotations

import json
import queue
import socket
import struct
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from tests.runtime.runtime_api import TIMEOUT
from tests.support.bedrock_refusal import refusal_of

CUT = b"cut"


def frame(payload: Mapping[str, object], headers: Mapping[str, str]) -> bytes:
    """Return a message of ``application/vnd.amazon.eventstream``, whose headers are all strings."""
    head = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", len(head) + len(body) + 16, len(head))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + body
    return message + struct.pack("!I", zlib.crc32(message))


def event(name: str, payload: Mapping[str, object]) -> bytes:
    """Return the frame of an event of the stream."""
    return frame(
        payload,
        {":message-type": "event", ":event-type": name, ":content-type": "application/json"},
    )


def exception(name: str, message: str) -> bytes:
    """Return the frame of an exception inside the stream."""
    return frame(
        {"message": message},
        {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"},
    )


def text(piece: str) -> bytes:
    """Return the frame of a piece of text."""
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})


START = event("messageStart", {"role": "assistant"})
STOP = event("messageStop", {"stopReason": "end_turn"})
METADATA = event(
    "metadata",
    {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 1}},
)


class Bedrock:
    """A Bedrock for ``with``; what it answers is put into its queue, None for the end of a response."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.requests: list[tuple[str, dict[str, object]]] = []
        self.refusal: tuple[int, str, str] | None = None
        self._frames: queue.Queue[bytes | None] = queue.Queue()

    def __enter__(self) -> Bedrock:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # or the thread that waits for a connection keeps it open
        self._server.close()

    def send(self, *frames: bytes | None) -> None:
        """Let the model produce frames; None ends the stream, and CUT breaks the connection."""
        for each in frames:
            self._frames.put(each)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that has its answer closes the connection, whatever is still on its way.
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            while self._serve_one(connection, reader):
                pass

    def _serve_one(self, connection: socket.socket, reader: BinaryIO) -> bool:
        first = reader.readline()
        if not first:
            return False
        headers: dict[str, str] = {}
        while (line := reader.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        path, body = first.split()[1].decode(), reader.read(int(headers.get("content-length", 0)))
        self.requests.append((path, json.loads(body)))
        if refused := refusal_of(path, headers, body):
            connection.sendall(_refusal(400, refused.name, str(refused)))
            return True
        if self.refusal:
            connection.sendall(_refusal(*self.refusal))
            return True
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        while (data := self._frames.get(timeout=TIMEOUT)) is not None:
            if data is CUT:
                return False
            connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))
        connection.sendall(b"0\r\n\r\n")
        return True


def _refusal(status: int, code: str, message: str) -> bytes:
    body = json.dumps({"message": message}).encode()
    return (
        f"HTTP/1.1 {status} X\r\nx-amzn-ErrorType: {code}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
