"""A stand-in for Bedrock on a real socket that does, request by request, what a test has written down."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple
from zlib import crc32

#: Writes an answer and says whether the connection stays open.
Answer = Callable[[socket.socket], bool]


class Request(NamedTuple):
    """A request as it came."""

    target: str
    headers: dict[str, str]
    body: bytes


class Bedrock:
    """Answers the n-th request with the n-th answer, and every further one with the last, for ``with``."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._answers = answers
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Bedrock:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def hang_up(self) -> None:
        """Close every connection, and return when the client could know."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(10)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection, connection.makefile("rb") as incoming:
                while line := incoming.readline():
                    self.requests.append(_read(line, incoming))
                    number = min(len(self.requests), len(self._answers))
                    if not self._answers[number - 1](connection):
                        return


def _read(line: bytes, incoming: socket.SocketIO | object) -> Request:
    headers = {}
    while field := incoming.readline().strip():  # type: ignore[union-attr]
        name, _, value = field.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = incoming.read(int(headers.get("content-length", "0")))  # type: ignore[union-attr]
    return Request(line.decode().split()[1], headers, body)


def refused(status: int, body: bytes, **headers: str) -> Answer:
    """Answer with an error."""
    fields = {"content-length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}

    def answer(connection: socket.socket) -> bool:
        connection.sendall(_head(status, fields) + body)
        return True

    return answer


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
        connection.sendall(
            _head(
                200,
                {
                    "content-type": "application/vnd.amazon.eventstream",
                    "transfer-encoding": "chunked",
                    "x-amzn-requestid": "r-1",
                },
            )
        )
        for part in parts:
            if callable(part):
                part()
            else:
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        if end:
            connection.sendall(b"0\r\n\r\n")
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return end

    return answer


def closed(connection: socket.socket) -> bool:
    """Close the connection instead of an answer."""
    return False


def _head(status: int, headers: dict[str, str]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{fields}\r\n".encode()


def message(payload: bytes, **headers: str) -> bytes:
    """Return one message of an event stream; ``_`` in a header's name stands for ``-``."""
    block = b"".join(_header(name, value) for name, value in headers.items())
    head = struct.pack(">II", 12 + len(block) + len(payload) + 4, len(block))
    body = head + struct.pack(">I", crc32(head)) + block + payload
    return body + struct.pack(">I", crc32(body))


def _header(name: str, value: str) -> bytes:
    encoded = f":{name.replace('_', '-')}".encode()
    return bytes([len(encoded)]) + encoded + b"\x07" + struct.pack(">H", len(value.encode())) + value.encode()


def event(kind: str, **members: object) -> bytes:
    """Return an event as Bedrock sends it: with padding."""
    payload = json.dumps({**members, "p": "abcdefgh"}).encode()
    return message(payload, event_type=kind, content_type="application/json", message_type="event")


def exception(kind: str, **members: object) -> bytes:
    """Return an exception inside the stream."""
    payload = json.dumps(members).encode()
    return message(payload, exception_type=kind, content_type="application/json", message_type="exception")


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
