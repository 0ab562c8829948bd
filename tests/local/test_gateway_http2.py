"""Ask the gateway in HTTP/2 without TLS, as AWS's SDK for JavaScript does in its default settings."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded
from node import node_binary

from streaming_api_tools.local.http.limits import Limits
from tests.local.conftest import Serve
from tests.local.serving import PATIENCE, Gate, Serving
from tests.support.curl import curl

NODE = Path(__file__).with_name("javascript") / "http2.mjs"
ROUTES = {
    "POST /gated": {"handler": "handlers.gated"},
    "ANY /echo": {"handler": "handlers.echo", "mode": "BUFFERED"},
    "POST /responds": {"handler": "handlers.responds"},
    "GET /fails": {"handler": "handlers.reports_in_trailers"},
}


class Http2Client:
    """A client with one connection, whose streams have odd numbers from 1."""

    def __init__(self, connection: socket.socket, authority: str) -> None:
        self._socket = connection
        self._authority = authority
        self._http = H2Connection()
        self._http.initiate_connection()
        self._events: list[Event] = []

    def ask(self, stream: int, method: str, path: str, body: bytes = b"", *headers: tuple[str, str]) -> None:
        """Send a request."""
        fields = [(":method", method), (":path", path), (":scheme", "http"), (":authority", self._authority)]
        self._http.send_headers(stream, [*fields, *headers], end_stream=not body)
        for start in range(0, len(body), 16384):
            self._http.send_data(stream, body[start : start + 16384], end_stream=start + 16384 >= len(body))
        self._socket.sendall(self._http.data_to_send())

    def events(self) -> Iterator[Event]:
        """Yield what comes, until the connection ends."""
        while True:
            while self._events:
                yield self._events.pop(0)
            data = self._socket.recv(65536)
            if not data:
                return
            self._events += self._http.receive_data(data)
            for event in self._events:
                if isinstance(event, DataReceived) and event.flow_controlled_length:
                    self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self._socket.sendall(self._http.data_to_send())

    def answer(self, stream: int) -> tuple[list[tuple[str, str]], bytes]:
        """Return head and body of a whole answer."""
        head: list[tuple[str, str]] = []
        body = b""
        for event in self.events():
            if isinstance(event, ResponseReceived) and event.stream_id == stream:
                head = [(_text(name), _text(value)) for name, value in event.headers]
            elif isinstance(event, DataReceived) and event.stream_id == stream:
                body += event.data
            elif isinstance(event, StreamEnded) and event.stream_id == stream:
                return head, body
        raise AssertionError("the answer did not end")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def connected(serving: Serving) -> Iterator[Http2Client]:
    """Yield a client."""
    at = urlsplit(serving.url)
    with socket.create_connection((at.hostname or "", at.port or 0), PATIENCE) as connection:
        yield Http2Client(connection, at.netloc)


def test_gateway_http2_chunk_arrives_before_the_next_is_produced(serve: Serve, gate: Gate) -> None:
    with connected(serve(ROUTES)) as client:
        client.ask(1, "POST", "/prod/gated", b"2")
        function = gate.accept()
        function.hear()
        events = client.events()
        for number in range(2):
            function.let_go()
            (data,) = [next(event.data for event in events if isinstance(event, DataReceived) and event.data)]
            assert data == b"%d\n" % number
        assert function.hear() == "done"
        assert any(isinstance(event, StreamEnded) for event in events)


def test_gateway_http2_streams_of_one_connection_do_not_wait_for_each_other(serve: Serve, gate: Gate) -> None:
    with connected(serve(ROUTES)) as client:
        client.ask(1, "POST", "/prod/gated", b"1")
        function = gate.accept()
        function.hear()
        client.ask(3, "GET", "/prod/echo")
        head, _ = client.answer(3)
        assert dict(head)[":status"] == "200"
        function.let_go()
        assert function.hear() == "done"
        assert client.answer(1)[1].endswith(b"0\n")


def test_gateway_http2_request_reaches_the_function_as_it_is(serve: Serve) -> None:
    cookies = (("cookie", "a=1"), ("cookie", "b=2"))
    with connected(serve(ROUTES)) as client:
        body = b"x" * 50_000
        client.ask(1, "PUT", "/prod/echo?q=%20", body, *cookies, ("x-own", "1"), ("x-own", "2"))
        head, answer = client.answer(1)
    assert dict(head)["x-buffered"] == "yes"
    assert "transfer-encoding" not in dict(head)
    event = json.loads(answer)["event"]
    assert (event["httpMethod"], event["path"], event["body"]) == ("PUT", "/echo", body.decode())
    assert event["queryStringParameters"] == {"q": " "}
    assert event["multiValueHeaders"]["x-own"] == ["1", "2"]
    assert event["headers"]["cookie"] == "a=1; b=2"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert not any(name.startswith(":") for name in event["headers"])


def test_gateway_http2_response_has_every_cookie(serve: Serve) -> None:
    asked = json.dumps({"status": 201, "cookies": ["a=1", "b=2"], "hex": "6f6b"}).encode()
    with connected(serve(ROUTES)) as client:
        client.ask(1, "POST", "/prod/responds", asked)
        head, body = client.answer(1)
    assert head[0] == (":status", "201")
    assert [value for name, value in head if name == "set-cookie"] == ["a=1", "b=2"]
    assert body == b"ok"


def test_gateway_http2_broken_stream_does_not_end_as_if_it_were_whole(serve: Serve) -> None:
    with connected(serve(ROUTES, cut_failed=True)) as client:
        client.ask(1, "GET", "/prod/fails")
        events = list(client.events())
    assert b"first\n" in [event.data for event in events if isinstance(event, DataReceived)]
    assert not any(isinstance(event, StreamEnded) for event in events)


def test_gateway_http2_client_that_leaves_is_logged(serve: Serve, gate: Gate) -> None:
    serving = serve(ROUTES)
    with connected(serving) as client:
        client.ask(1, "POST", "/prod/gated", b"9999")
        function = gate.accept()
        function.hear()
        function.let_go()
        next(event for event in client.events() if isinstance(event, DataReceived))
    # a chunk that is written before the gateway sees the connection's end is no failure; one after it is
    assert serving.logged_while("the client disconnected", function.let_go)


def test_gateway_http2_body_over_the_limit_is_a_413(serve: Serve) -> None:
    with connected(serve(ROUTES, limits=Limits(request_bytes=1000))) as client:
        client.ask(1, "PUT", "/prod/echo", b"x" * 1500)
        head, _ = client.answer(1)
    assert head[0] == (":status", "413")


def test_gateway_http2_connection_without_a_request_is_closed(serve: Serve) -> None:
    with connected(serve(ROUTES, limits=Limits(request_seconds=0.2))) as client:
        client.ask(1, "GET", "/prod/echo")
        client.answer(1)
        assert any(isinstance(event, ConnectionTerminated) for event in client.events())


def test_gateway_connection_without_a_byte_is_closed(serve: Serve) -> None:
    at = urlsplit(serve(ROUTES, limits=Limits(request_seconds=0.2)).url)
    with socket.create_connection((at.hostname or "", at.port or 0), PATIENCE) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("options", [["--http2-prior-knowledge"], ["--http1.1"]])
def test_gateway_curl_speaks_either_version(serve: Serve, options: list[str]) -> None:
    url = f"{serve(ROUTES).url}/prod/echo"
    done = curl("-sS", "-w", "%{stderr}%{http_version}", *options, "-d", "a=1", url)
    assert done.stderr.decode() == ("2" if "2" in options[0] else "1.1")
    assert json.loads(done.stdout)["event"]["body"] == "a=1"


def test_gateway_node_http2_reads_each_chunk_as_it_is_sent(serve: Serve, gate: Gate) -> None:
    serving = serve(ROUTES)
    asked = [str(node_binary()), str(NODE), serving.url, "/prod/gated", "2"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        function = gate.accept()
        function.hear()
        for number in range(2):
            function.let_go()
            said = json.loads(node.stdout.readline())
            if number == 0:
                assert said[":status"] == 200
                said = json.loads(node.stdout.readline())
            assert said == f"{number}\n"
        assert json.loads(node.stdout.readline()) == "end"
