"""The pieces in which the bytes leave the function: Lambda may hold a stream whose first two come as one.

Each send waits until the Runtime API has received it, so what the server gets at once is what was sent at
once: nothing depends on time.
"""

from __future__ import annotations

import _socket
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from lambda_streaming import _runtime_api
from lambda_streaming._answer import Watch
from lambda_streaming._awslambdaric import Invocation
from lambda_streaming._deadline import Deadline
from lambda_streaming._function_url import FunctionUrlSink
from lambda_streaming._head import DELIMITER, Options, Prelude
from lambda_streaming._response_stream import ResponseStream
from lambda_streaming._runtime_api import RuntimeApiResponse

from tests.support.servers import PATIENCE, SocketServer

DELIMITER_CHUNK = b"8\r\n" + DELIMITER + b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class RawRuntimeApi(SocketServer):
    """A Runtime API that keeps what each read of the socket gets."""

    def __init__(self) -> None:
        super().__init__(self._read)
        self.pieces: list[bytes] = []
        self._arrived = threading.Condition()

    def wait_for(self, enough: Callable[[bytes], bool]) -> None:
        """Wait until all that has arrived is enough."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: enough(b"".join(self.pieces)), PATIENCE)

    def _read(self, connection: socket.socket) -> None:
        while data := connection.recv(1 << 20):
            with self._arrived:
                self.pieces.append(data)
                self._arrived.notify_all()
            if data.endswith(LAST_CHUNK):
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")


class Sent:
    """The calls of the client's socket that send, and whether Nagle's algorithm was off at each."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.no_delay: list[bool] = []


@pytest.fixture(name="api")
def raw_api() -> Iterator[RawRuntimeApi]:
    """Yield a raw Runtime API."""
    with RawRuntimeApi() as api:
        yield api


@pytest.fixture(name="sent")
def recorded_sends(api: RawRuntimeApi, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Record what the layer sends; each send returns when the server has it."""
    sent = Sent()

    class Recorded(_socket.socket):
        def send(self, data: bytes, *flags: int) -> int:  # type: ignore[override]
            self.sendall(data, *flags)
            return len(data)

        def sendall(self, data: bytes, *flags: int) -> None:  # type: ignore[override]
            sent.no_delay.append(bool(self.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            sent.calls.append(bytes(data))
            super().sendall(data, *flags)
            api.wait_for(b"".join(sent.calls).__eq__)

    module = SimpleNamespace(**{**vars(_socket), "socket": Recorded})
    monkeypatch.setattr(_runtime_api, "_socket", module)
    return sent


@pytest.fixture(name="response")
def response_to_raw_api(api: RawRuntimeApi, sent: Sent) -> ResponseStream:
    """Return a response to the raw Runtime API."""
    options = Options(media_type="text/event-stream", grace=None, heartbeat=None, margin=1)
    sink = RuntimeApiResponse(api.address, Invocation("request-1"))
    return ResponseStream(sink, options, Deadline(None, 1), request_id=None, head=False)


FIRST: dict[str, tuple[Callable[[ResponseStream], object], bytes]] = {
    "an item": (lambda response: response.send("a"), b"9\r\ndata: a\n\n\r\n"),
    "a small item": (lambda response: response.send(b"a"), b"1\r\na\r\n"),
    "a comment at the grace period": (lambda response: response.ping(), b"8\r\n: ping\n\n\r\n"),
    "nothing": (lambda response: None, b""),
}


@pytest.mark.parametrize("first", FIRST)
def test_stream_wire_delimiter_and_first_bytes_are_sent_and_received_apart(
    first: str, response: ResponseStream, api: RawRuntimeApi, sent: Sent
) -> None:
    send, chunk = FIRST[first]
    send(response)
    response.end()
    head, *body = sent.calls
    assert head.endswith(DELIMITER_CHUNK)
    assert body == [*([chunk] if chunk else []), LAST_CHUNK]
    assert api.pieces == sent.calls


def test_stream_wire_line_end_of_an_empty_body_is_sent_apart(api: RawRuntimeApi, sent: Sent) -> None:
    sink = FunctionUrlSink(RuntimeApiResponse(api.address, Invocation("request-1")), "GET")
    sink.open(Prelude(200, {"content-type": "text/plain"}))
    sink.close()
    head, *body = api.pieces
    assert head.endswith(DELIMITER_CHUNK)
    assert body == [b"1\r\n\n\r\n", LAST_CHUNK]


def test_stream_wire_sends_at_once_whatever_is_unacknowledged(response: ResponseStream, sent: Sent) -> None:
    response.send("a")
    response.send("b")
    response.end()
    assert sent.no_delay == [True] * 4


def test_stream_wire_head_goes_at_the_grace_period_before_an_item_is_produced(
    api: RawRuntimeApi, sent: Sent, response: ResponseStream
) -> None:
    with Watch(response, Deadline(None, 1), grace=0.01, heartbeat=60) as watch:
        watch.start_heartbeats()
        api.wait_for(lambda received: DELIMITER_CHUNK in received)
        assert b"made later" not in b"".join(sent.calls)
        response.send("made later")
    response.end()
    _, comment, item, _ = api.pieces
    assert (comment, item) == (b"8\r\n: ping\n\n\r\n", b"12\r\ndata: made later\n\n\r\n")
    assert api.pieces == sent.calls
