"""Serve the Runtime API, record what a runtime sends, and answer when the test wants it to."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO

from tests.support.servers import SocketServer

TIMEOUT = 15.0
_NUL = b"\0" * 8


@dataclass
class Request:
    """A request of the runtime: its head, and its body as far as it has arrived."""

    method: str
    path: str
    headers: dict[str, str]
    head: bytes
    wire: bytearray = field(default_factory=bytearray)
    chunks: list[bytes] = field(default_factory=list)
    #: The nanosecond of the monotonic clock at which each chunk came.
    moments: list[int] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    truncated: bool = False
    size: int = 0

    @property
    def body(self) -> bytes:
        """Return all that has arrived of the body, without its framing."""
        return b"".join(self.chunks)

    @property
    def prelude(self) -> dict[str, Any]:
        """Return the JSON before the delimiter."""
        prelude: dict[str, Any] = json.loads(self.body.partition(_NUL)[0])
        return prelude

    @property
    def payload(self) -> bytes:
        """Return what comes after the delimiter."""
        return self.body.partition(_NUL)[2]


class Bandwidth:
    """A token bucket, as Lambda's emulator has one for responses: a burst, then so many bytes a second."""

    def __init__(self, burst: int, rate: int) -> None:
        self._burst, self._rate = burst, rate
        self._tokens, self._at = float(burst), time.monotonic()

    def take(self, size: int) -> None:
        """Wait until bytes may be taken."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - size
        self._at = now
        if self._tokens < 0:
            time.sleep(-self._tokens / self._rate)


class Invocation:
    """One invocation, and how the runtime answers it."""

    def __init__(self, request_id: str, event: object, timeout_s: float, headers: Mapping[str, str]) -> None:
        self.request_id = request_id
        self.event = event
        self.timeout_s = timeout_s
        self.headers = headers
        self.requests: list[Request] = []
        # Set by a test that wants the response refused once so many bytes of it have arrived.
        self.refuse_after: int | None = None
        self.refusal: bytes = b""
        # Set by a test while the response is not read beyond its head.
        self.hold = threading.Event()
        self.hold.set()
        # Set by a test that wants the response read at the speed of Lambda.
        self.bandwidth: Bandwidth | None = None
        self._arrivals: queue.Queue[bytes | None] = queue.Queue()
        self._done = threading.Event()

    @property
    def answer(self) -> Request:
        """Return the one request that answered this invocation."""
        assert len(self.requests) == 1, [request.path for request in self.requests]
        return self.requests[0]

    def next_chunk(self) -> bytes | None:
        """Wait for the next chunk of the response; None is its end."""
        return self._arrivals.get(timeout=TIMEOUT)

    def skip_head(self) -> None:
        """Wait for the prelude and its delimiter."""
        while self.next_chunk() != _NUL:
            pass

    def wait(self) -> Request:
        """Wait until the invocation is answered, and return the answer."""
        assert self._done.wait(TIMEOUT), f"invocation {self.request_id} was not answered"
        return self.answer

    def arrived(self, chunk: bytes | None) -> None:
        self._arrivals.put(chunk)

    def done(self) -> None:
        self._done.set()


class RuntimeApi(SocketServer):
    """The Runtime API of one function, for ``with``."""

    def __init__(self) -> None:
        super().__init__(self._serve_runtime)
        self.paths: list[str] = []
        self.init_errors: list[Request] = []
        self._invocations: dict[str, Invocation] = {}
        self._pending: queue.Queue[Invocation | None] = queue.Queue()
        self._polls: queue.Queue[int] = queue.Queue()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for _ in range(self.connections):
            self._pending.put(None)  # a connection that waits for an invocation gets none any more
        super().__exit__(kind, error, at)

    def invoke(
        self,
        event: object = None,
        *,
        timeout_s: float = 60,
        headers: Mapping[str, str] | None = None,
        refuse_after: int | None = None,
        refusal: bytes = b"",
        held: bool = False,
        bandwidth: Bandwidth | None = None,
    ) -> Invocation:
        """Hand the runtime an invocation when it next asks for one."""
        request_id = f"request-{len(self._invocations) + 1}"
        invocation = Invocation(request_id, {} if event is None else event, timeout_s, headers or {})
        invocation.refuse_after, invocation.refusal = refuse_after, refusal
        invocation.bandwidth = bandwidth
        if held:
            invocation.hold.clear()
        self._invocations[request_id] = invocation
        self._pending.put(invocation)
        return invocation

    def forget(self, invocation: Invocation) -> None:
        """Keep nothing of an invocation that is answered."""
        invocation.requests.clear()

    def wait_for_poll(self) -> int:
        """Wait until the runtime asks for its next invocation, which ends the one before.

        :returns: the nanosecond of the monotonic clock at which it asked
        """
        try:
            return self._polls.get(timeout=TIMEOUT)
        except queue.Empty:
            raise AssertionError("the runtime did not ask for an invocation") from None

    def _serve_runtime(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader, suppress(ValueError):
            while self._serve_one(connection, reader):
                pass

    def _serve_one(self, connection: socket.socket, reader: BinaryIO) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return False
            head += line
        request = _parse_head(head)
        self.paths.append(request.path)
        if request.path.endswith("/invocation/next"):
            self._polls.put(time.monotonic_ns())
            return self._send_next(connection)
        if request.path.endswith("/restore/next"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return True
        invocation = self._invocations.get(request.path.split("/")[-2])
        if invocation:
            invocation.requests.append(request)
        try:
            refused = not _read_body(request, reader, invocation)
        except ConnectionResetError:
            request.truncated, refused = True, False
        if request.truncated and invocation:
            # As Lambda, which ends the response and starts the environment anew
            invocation.arrived(None)
            invocation.done()
            return False
        if refused and invocation:
            connection.sendall(invocation.refusal)
            invocation.done()
            return False
        if request.path.endswith("/init/error"):
            self.init_errors.append(request)
            for unanswered in self._invocations.values():
                unanswered.arrived(None)
                unanswered.done()
        connection.sendall(b'HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n')
        if invocation:
            invocation.done()
        return True

    def _send_next(self, connection: socket.socket) -> bool:
        invocation = self._pending.get()
        if invocation is None:
            return False
        body = json.dumps(invocation.event).encode()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.timeout_s) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Lambda-Runtime-Trace-Id": f"Root=1-5bef4de7-{invocation.request_id}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **invocation.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body)
        return True


def _parse_head(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return Request(method, path, headers, head)


def _read_body(request: Request, reader: BinaryIO, invocation: Invocation | None) -> bool:
    """Read a body; return whether it was wanted to its end."""
    if request.headers.get("transfer-encoding") != "chunked":
        request.chunks.append(reader.read(int(request.headers.get("content-length", 0))))
        request.moments.append(time.monotonic_ns())
        request.complete = True
        return True
    while True:
        if invocation and invocation.refuse_after is not None and request.size >= invocation.refuse_after:
            return False
        line = reader.readline()
        request.wire += line
        if not line.endswith(b"\n"):
            request.truncated = True
            return True
        size = int(line, 16)
        if not size:
            break
        data = reader.read(size + 2)
        request.wire += data
        if len(data) < size + 2:
            request.truncated = True
            request.chunks.append(data[:size])
            return True
        request.chunks.append(data[:-2])
        request.moments.append(time.monotonic_ns())
        request.size += size
        if invocation:
            if invocation.bandwidth:
                invocation.bandwidth.take(len(data))
            invocation.arrived(data[:-2])
            if data[:-2] == _NUL:
                assert invocation.hold.wait(TIMEOUT)
    while (line := reader.readline()) not in (b"\r\n", b""):
        request.wire += line
        name, _, value = line.decode("latin-1").partition(":")
        request.trailers[name] = value.strip()
    request.wire += line
    request.complete = line == b"\r\n"
    if invocation:
        invocation.arrived(None)
    return True
