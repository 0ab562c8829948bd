"""Serve loopback from threads, with every byte of an answer in the hands of the test."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, NamedTuple

from typing_extensions import Self

#: Seconds that a connection gets to end after it has been shut down.
PATIENCE = 60.0


class Request(NamedTuple):
    """A request as it came."""

    target: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    def json(self) -> dict[str, object]:
        """Return the body of a request that is JSON."""
        found: dict[str, object] = json.loads(self.body)
        return found


#: Writes an answer and returns whether the connection stays open.
Answer = Callable[[socket.socket], bool]
Respond = Callable[[socket.socket, Request], bool]


class SocketServer:
    """A server that gives each connection a thread of its own, for ``with``.

    :param serve: reads and writes one connection until it is done with it
    """

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self.connections = 0
        #: Set when the server ends: wait on it to keep a client waiting.
        self.stopping = threading.Event()
        self._serve_connection = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.address = f"127.0.0.1:{self.port}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # or the thread that accepts keeps it open
        self._listener.close()
        self._acceptor.join(PATIENCE)
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, and return when the client could know."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        # a client that has its answer closes the connection, whatever is still on its way
        with suppress(OSError), connection:
            self._serve_connection(connection)


class HttpServer(SocketServer):
    """A server of HTTP/1.1 whose answers are written by the test.

    :param respond: writes the answer to one request
    :param tls: to serve TLS. Default: - plain text
    """

    def __init__(self, respond: Respond, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._serve_http)
        self.requests: list[Request] = []
        self.url = f"{'https' if tls else 'http'}://{self.address}"
        self._respond = respond
        self._tls = tls

    def _serve_http(self, connection: socket.socket) -> None:
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
        with connection, connection.makefile("rb") as incoming:
            while line := incoming.readline():
                self.requests.append(read_request(line, incoming))
                if not self._respond(connection, self.requests[-1]):
                    return


class ScriptedServer(HttpServer):
    """A server that gives the n-th request the n-th answer, and every further one the last."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._next_answer, tls)
        self._answers = answers

    def _next_answer(self, connection: socket.socket, request: Request) -> bool:
        return self._answers[min(len(self.requests), len(self._answers)) - 1](connection)


def read_headers(incoming: BinaryIO) -> dict[str, str]:
    """Read header fields up to the empty line; return them by their names in lower case."""
    headers: dict[str, str] = {}
    while field := incoming.readline().strip():
        name, _, value = field.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return headers


def read_request(line: bytes, incoming: BinaryIO) -> Request:
    """Read a request whose first line has been read, and whose body has a length."""
    headers = read_headers(incoming)
    method, target, _ = line.decode("latin-1").split(" ")
    return Request(target, headers, incoming.read(int(headers.get("content-length", "0"))), method)


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Return status line and header fields."""
    return f"HTTP/1.1 {status} X\r\n".encode() + head_of(headers)


def head_of(headers: Mapping[str, str]) -> bytes:
    """Return header fields, with the empty line behind them."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{fields}\r\n".encode("latin-1")


def whole(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return the answer with a whole body; ``_`` in a header's name stands for ``-``."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head(status, {"content-length": str(len(body)), **fields}) + body)
        return True

    return answer


def json_body(value: object, status: int = 200, **headers: str) -> Answer:
    """Return the answer with a whole body of JSON."""
    return whole(status, json.dumps(value).encode(), content_type="application/json", **headers)


def raw(data: bytes) -> Answer:
    """Return the answer of any bytes, HTTP or not, and the end of the connection."""

    def answer(connection: socket.socket) -> bool:
        connection.sendall(data)
        return False

    return answer


def closed(connection: socket.socket) -> bool:
    """Close the connection instead of an answer."""
    return False


def chunked(*chunks: bytes) -> bytes:
    """Return chunks in their framing, without the last one."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


LAST_CHUNK = b"0\r\n\r\n"
