"""Serve requests of HTTP/2 by a server of HTTP/1.1 in the same process, over a transport in memory.

API Gateway as well takes HTTP/2 of its clients, and what is behind it does not see that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

import h11

from .handler import Answer, Request

#: Headers of one connection, which HTTP/2 has no place for (RFC 9113, section 8.2.2).
OF_CONNECTION = {"connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}
#: Bytes that wait for the client before the server is told to pause.
HIGH_WATER = 64 * 1024


class MemoryTransport(asyncio.Transport):
    """The server's end of a connection that is in memory.

    :param protocol: the server's
    :param client: the connection of the client, whose addresses it has
    """

    def __init__(self, protocol: asyncio.Protocol, client: asyncio.BaseTransport) -> None:
        super().__init__()
        self._protocol = protocol
        self._client = client
        self._written = bytearray()
        self._is_closed = False
        self._is_paused = False
        self._wake = asyncio.Event()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return what is known of the connection of the client, but for its socket."""
        return default if name == "socket" else self._client.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what the server sends for the client."""
        self._written += data
        self._wake.set()
        if len(self._written) > HIGH_WATER and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_writing()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait for the client."""
        return len(self._written)

    async def read(self) -> bytes:
        """Return what the server has sent; nothing when it has closed the connection."""
        while not self._written and not self._is_closed:
            self._wake.clear()
            await self._wake.wait()
        data = bytes(self._written)
        self._written.clear()
        if self._is_paused:
            self._is_paused = False
            self._protocol.resume_writing()
        return data

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return self._is_closed

    def close(self) -> None:
        """Close the connection after what was written."""
        if not self._is_closed:
            self._is_closed = True
            self._wake.set()
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Close the connection."""
        self.close()

    def pause_reading(self) -> None:
        """Do nothing: a request is sent whole."""

    def resume_reading(self) -> None:
        """Do nothing: a request is sent whole."""


class Http1Behind:
    """Handles requests by a server of HTTP/1.1.

    :param server: makes the protocol of a connection
    :param client: the connection that the requests come from
    """

    def __init__(self, server: Callable[[], asyncio.BaseProtocol], client: asyncio.BaseTransport) -> None:
        self._server = server
        self._client = client

    async def __call__(self, request: Request, answer: Answer) -> None:
        """Answer one request; an answer that is not whole is cut."""
        protocol = cast("asyncio.Protocol", self._server())
        transport = MemoryTransport(protocol, self._client)
        http = h11.Connection(h11.CLIENT)
        protocol.connection_made(transport)
        try:
            for event in _events(request):
                if data := http.send(event):
                    protocol.data_received(data)
            await _relay(http, transport, answer)
        finally:
            transport.close()


def _events(request: Request) -> Iterator[h11.Event]:
    fields = [(name, value) for name, value in request.fields if name.lower() not in OF_CONNECTION]
    # a cookie may come in pieces (RFC 9113, section 8.2.3)
    cookies = "; ".join(value for name, value in fields if name == "cookie")
    fields = [(name, value) for name, value in fields if name not in ("host", "cookie") and name[0] != ":"]
    host = [("host", request.headers.get(":authority") or request.headers.get("host", ""))]
    if request.body and "content-length" not in request.headers:
        fields.append(("content-length", str(len(request.body))))
    if cookies:
        fields.append(("cookie", cookies))
    headers = [*host, *fields, ("connection", "close")]
    yield h11.Request(method=request.method, target=request.path, headers=headers)
    yield h11.Data(data=request.body)
    yield h11.EndOfMessage()


async def _relay(http: h11.Connection, transport: MemoryTransport, answer: Answer) -> None:
    with suppress(h11.RemoteProtocolError):
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await transport.read())
            elif isinstance(event, h11.Response):
                fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
                kept = [(name, value) for name, value in fields if name not in OF_CONNECTION]
                await answer.start(event.status_code, kept)
            elif isinstance(event, h11.Data):
                await answer.write(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return await answer.end()
            elif not isinstance(event, h11.InformationalResponse):
                break
    answer.cut()
