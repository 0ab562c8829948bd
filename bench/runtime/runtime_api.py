"""A Lambda Runtime API that notes when each byte of a response came."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

TIMEOUT = 30.0
#: Pieces of a response with the nanosecond of the monotonic clock at which each came.
Arrivals = list[tuple[int, bytes]]


class RuntimeApi:
    """Serves one function, one invocation after the other, for ``with``."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._asked: queue.Queue[int] = queue.Queue()
        self._events: queue.Queue[bytes] = queue.Queue()
        self._responses: queue.Queue[Arrivals] = queue.Queue()
        self._open: list[socket.socket] = []

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()

    def wait_for_next(self) -> int:
        """Return when the function has asked for its next invocation."""
        return self._asked.get(timeout=TIMEOUT)

    def invoke(self, event: object) -> tuple[int, Arrivals]:
        """Give the function that has asked an event; return when it got it, and its response as it came."""
        started = time.monotonic_ns()
        self._events.put(json.dumps(event).encode())
        return started, self._responses.get(timeout=TIMEOUT)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as incoming:
            while line := incoming.readline():
                headers = _headers(incoming)
                if line.startswith(b"GET"):
                    self._asked.put(time.monotonic_ns())
                    connection.sendall(_invocation(self._events.get()))
                else:
                    arrivals = list(_body(incoming, headers))
                    self._responses.put(arrivals)
                    connection.sendall(b'HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n{"status":"OK"}')


def _headers(incoming: BinaryIO) -> dict[str, str]:
    headers = {}
    while field := incoming.readline().strip():
        name, _, value = field.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return headers


def _body(incoming: BinaryIO, headers: dict[str, str]) -> Arrivals:
    arrivals = []
    if "content-length" in headers:
        data = incoming.read(int(headers["content-length"]))
        return [(time.monotonic_ns(), data)]
    while size := int(incoming.readline(), 16):
        data = incoming.read(size)
        arrivals.append((time.monotonic_ns(), data))
        incoming.readline()
    _headers(incoming)
    return arrivals


def _invocation(event: bytes) -> bytes:
    deadline = int(time.time() * 1000) + 60_000
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
        b"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n"
        b"Lambda-Runtime-Deadline-Ms: %d\r\nContent-Length: %d\r\n\r\n%b" % (deadline, len(event), event)
    )
