"""HTTP/1.1 and HTTP/2 on one port, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamReset

from streaming_api_tools.local.http.handler import Answer, Request
from streaming_api_tools.local.http.server import PREFACE, TwoProtocolServer

LIMIT = 1000


async def echo(request: Request, answer: Answer) -> None:
    """Answer with what was asked."""
    body = f"{request.method} {request.path} {len(request.body)}".encode()
    await answer.start(200, {"Content-Length": str(len(body)), "X-Own": "1"})
    await answer.write(body)
    await answer.end()


def run(test: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> None:
    """Give a test a connection to the server."""

    async def main() -> None:
        server = TwoProtocolServer(echo, LIMIT)
        host, port = (await server.start()).removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.wait_for(test(reader, writer), 10)
        finally:
            writer.close()
            await server.close()

    asyncio.run(main())


def http2_request(size: int) -> tuple[H2Connection, bytes]:
    """Return a client and the bytes of its first request."""
    http = H2Connection()
    http.initiate_connection()
    fields = {":method": "POST", ":path": "/x", ":scheme": "http", ":authority": "a"}
    http.send_headers(1, list(fields.items()))
    http.send_data(1, b"x" * size, end_stream=True)
    return http, http.data_to_send()


@pytest.mark.parametrize("pieces", [1, 10, 24])
def test_two_protocol_server_recognizes_http2_preface_in_any_pieces(pieces: int) -> None:
    async def test(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http, data = http2_request(5)
        assert data.startswith(PREFACE)
        for start in range(0, len(PREFACE), pieces):
            writer.write(data[start : min(start + pieces, len(PREFACE))])
            await writer.drain()
            # let the server see this piece alone
            await asyncio.sleep(0)
        writer.write(data[len(PREFACE) :])
        events: list[Event] = []
        while not any(isinstance(event, DataReceived) for event in events):
            events += http.receive_data(await reader.read(65536))
        (head,) = (event for event in events if isinstance(event, ResponseReceived))
        assert dict(head.headers)[b"x-own"] == b"1"
        assert b"".join(event.data for event in events if isinstance(event, DataReceived)) == b"POST /x 5"

    run(test)


def test_two_protocol_server_method_starting_like_the_preface_is_http1() -> None:
    async def test(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for method in (b"PRI", b"PUT", b"P"):
            writer.write(method + b" /y HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(method) + 5) == method + b" /y 2"

    run(test)


def test_two_protocol_server_sends_100_continue() -> None:
    async def test(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST /y HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"ab")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

    run(test)


def test_two_protocol_server_http1_body_over_limit_ends_the_connection() -> None:
    async def test(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + b"x" * (LIMIT + 1))
        # closed, or reset, since not everything was read
        with suppress(ConnectionResetError):
            assert await reader.read() == b""

    run(test)


def test_two_protocol_server_http2_body_over_limit_resets_its_stream() -> None:
    async def test(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http, data = http2_request(LIMIT + 1)
        writer.write(data)
        events: list[Event] = []
        while not any(isinstance(event, StreamReset) for event in events):
            events += http.receive_data(await reader.read(65536))
        assert not any(isinstance(event, ResponseReceived) for event in events)

    run(test)
