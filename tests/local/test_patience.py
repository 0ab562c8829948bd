"""For how long connections without a whole request are kept, by limits of a fraction of a second."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, StreamEnded

from streaming_api_tools.local.http.handler import Answer, Request
from streaming_api_tools.local.http.limits import NO_LIMITS, Limits
from streaming_api_tools.local.http.server import PREFACE, TwoProtocolServer
from tests.local.conftest import Serve
from tests.local.serving import PATIENCE, Gate
from tests.local.test_malformed_requests import PATH, connection, exchange, status
from tests.local.test_streaming import Connect

SOON = 0.3
HALVES = [b"", b"G", b"POST /prod/x HTTP/1.1\r\nHost: localhost\r\nContent-Le", b"\r\n"]


def test_request_timeout_is_a_minute_whatever_other_limits_are_off() -> None:
    assert Limits(time_scale=100).request_seconds == NO_LIMITS.request_seconds == 60


def test_request_timeout_closes_half_open_connections_but_not_a_slow_response(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve({"POST /gated": {"handler": "handlers.gated"}}, limits=Limits(request_seconds=SOON))
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"1")
    function = gate.accept()
    began = time.monotonic()
    assert [exchange(serving.url, half) for half in HALVES] == [b""] * len(HALVES)
    assert time.monotonic() - began > SOON * len(HALVES)
    function.hear()
    function.let_go()
    assert client.answer().read() == b"0\n"


def test_request_timeout_is_not_extended_by_a_dripping_head(serve: Serve) -> None:
    serving = serve(PATH, limits=Limits(request_seconds=SOON))
    with closing(connection(serving.url)) as raw, suppress(ConnectionError):
        raw.sendall(b"GET /prod/x HTTP/1.1\r\nA: ")
        drops = 0
        while not select.select([raw], [], [], SOON / 10)[0]:
            raw.sendall(b"b")
            drops += 1
            assert drops < PATIENCE / SOON * 10
        assert raw.recv(1) == b""
    assert drops > 1


def test_request_timeout_closes_an_idle_connection(serve: Serve, connect: Connect) -> None:
    serving = serve(PATH, limits=Limits(request_seconds=SOON))
    with closing(connection(serving.url)) as raw:
        raw.sendall(b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while piece := raw.recv(65536):
            answer += piece
    assert status(answer) == 200
    assert b"connection: close" not in answer.lower()


def test_request_timeout_body_that_stops_is_a_408(serve: Serve) -> None:
    stage = {"AccessLogSetting": {"Format": "status=$context.status"}}
    serving = serve(PATH, limits=Limits(request_seconds=SOON), stage=stage)
    head = b"POST /prod/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 10\r\n\r\n"
    with closing(connection(serving.url)) as raw:
        raw.sendall(head + b"half")
        assert status(raw.recv(65536)) == 408
    assert serving.access_logged() == "status=408"
    assert not [line for line in serving.log if "START RequestId" in line]


class Holding:
    """Answers each request when it is told to."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, request: Request, answer: Answer) -> None:
        """Answer with what was asked."""
        self.arrived.set()
        await self.go.wait()
        await answer.start(200, {"Content-Length": "2"})
        await answer.write(b"ok")
        await answer.end()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def run(test: Callable[[Holding, Callable[[], Awaitable[Streams]]], Awaitable[None]]) -> None:
    """Give a test the handler of a server, and connections to it."""

    async def main() -> None:
        handler = Holding()
        server = TwoProtocolServer(handler, 1000, timeout=SOON)
        host, port = (await server.start()).removeprefix("http://").split(":")
        opened: list[asyncio.StreamWriter] = []

        async def connect() -> Streams:
            reader, writer = await asyncio.open_connection(host, int(port))
            opened.append(writer)
            return reader, writer

        try:
            await asyncio.wait_for(test(handler, connect), PATIENCE)
        finally:
            for writer in opened:
                writer.close()
            await server.close()

    asyncio.run(main())


def http2(*, headers: bool = False, body: bool = False) -> tuple[H2Connection, bytes]:
    """Return a client and how it begins."""
    http = H2Connection(H2Configuration())
    http.initiate_connection()
    if headers:
        fields = {":method": "POST", ":path": "/x", ":scheme": "http", ":authority": "a"}
        http.send_headers(1, list(fields.items()))
    if body:
        http.send_data(1, b"x", end_stream=True)
    return http, http.data_to_send()


#: HEADERS without END_HEADERS, as its continuation is to follow.
UNFINISHED_HEADERS = b"\0\0\1\1\0\0\0\0\1\x82"
HALVES_OF_BOTH = {
    "nothing": b"",
    "half a preface": PREFACE[:10],
    "half a head": b"POST /x HTTP/1.1\r\nHost: localhost\r\nCont",
    "half a body": b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx",
    "HTTP/2 without a request": http2()[1],
    "half a head in HTTP/2": http2()[1] + UNFINISHED_HEADERS,
    "no body in HTTP/2": http2(headers=True)[1],
}


@pytest.mark.parametrize("half", HALVES_OF_BOTH)
def test_two_protocol_server_closes_half_open_but_not_busy_connections(
    half: str,
) -> None:
    async def test(handler: Holding, connect: Callable[[], Awaitable[Streams]]) -> None:
        slow, ask = await connect()
        client, request = http2(headers=True, body=True)
        ask.write(request)
        await handler.arrived.wait()
        reader, writer = await connect()
        writer.write(HALVES_OF_BOTH[half])
        await reader.read()
        handler.go.set()
        events: list[Event] = []
        while not any(isinstance(event, StreamEnded) for event in events):
            events += client.receive_data(await slow.read(65536))
        assert b"".join(event.data for event in events if isinstance(event, DataReceived)) == b"ok"

    run(test)


def test_two_protocol_server_closes_idle_http2_with_goaway() -> None:
    async def test(handler: Holding, connect: Callable[[], Awaitable[Streams]]) -> None:
        handler.go.set()
        reader, writer = await connect()
        client, request = http2(headers=True, body=True)
        writer.write(request)
        events = client.receive_data(await reader.read())
        assert [type(event) for event in events[-2:]] == [StreamEnded, ConnectionTerminated]

    run(test)


def test_two_protocol_server_closes_idle_http1() -> None:
    async def test(handler: Holding, connect: Callable[[], Awaitable[Streams]]) -> None:
        handler.go.set()
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
        assert (await reader.read()).count(b"HTTP/1.1 200") == 2

    run(test)
