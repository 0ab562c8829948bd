"""Serve HTTP/1.1 and HTTP/2 without TLS on one port of loopback, told apart by the first bytes.

The AWS SDK for Python speaks HTTP/1.1; the one for JavaScript speaks HTTP/2 to Bedrock, to an ``http://``
endpoint with prior knowledge (RFC 9113, section 3.3).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import h11

from .h1 import ServerConnection, TruncatedError
from .handler import Handler, Headers, Request, pairs
from .limits import REQUEST_SECONDS

#: RFC 9113, section 3.4: what a client that knows says first.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class TwoProtocolServer:
    """Serves a handler.

    :param limit: the largest request body in bytes; a connection with a larger one is closed
    :param timeout: seconds after which a connection without a whole request is closed
    """

    def __init__(self, handler: Handler, limit: int, timeout: float = REQUEST_SECONDS) -> None:
        self._handler = handler
        self._limit = limit
        self._timeout = timeout
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listen on a free port of loopback and return the URL."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def close(self) -> None:
        """Close every connection."""
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, TruncatedError, asyncio.TimeoutError, asyncio.CancelledError):
                received = await asyncio.wait_for(_first_bytes(reader), self._timeout)
                if received == PREFACE:
                    # only who needs it loads it
                    from .h2 import Http2Connection

                    connection = Http2Connection(reader, writer, self._handler, self._limit, self._timeout)
                    await connection.serve(received)
                else:
                    await self._serve_http1(reader, writer, received)
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_http1(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: bytes
    ) -> None:
        connection = ServerConnection(reader, writer, received)
        while request := await asyncio.wait_for(self._whole_request(connection), self._timeout):
            answer = Http1Answer(connection, writer)
            await self._handler(request, answer)
            if answer.was_cut:
                return

    async def _whole_request(self, connection: ServerConnection) -> Request | None:
        """Return the next request, or None when there is none or when it is too large."""
        head = await connection.next_request()
        if head is None:
            return None
        body = bytearray()
        async for chunk in connection.body():
            body += chunk
            if len(body) > self._limit:
                return None
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        return Request(head.method.decode(), head.target.decode("latin-1"), headers, bytes(body))


class Http1Answer:
    """An answer in HTTP/1.1."""

    def __init__(self, connection: ServerConnection, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._writer = writer
        self.was_cut = False

    async def start(self, status: int, headers: Headers) -> None:
        """Send status and headers."""
        await self._connection.send(h11.Response(status_code=status, headers=pairs(headers)))

    async def write(self, data: bytes) -> None:
        """Send a part of the body."""
        await self._connection.send(h11.Data(data=data))

    async def end(self) -> None:
        """Send what ends the body."""
        await self._connection.send(h11.EndOfMessage())

    def cut(self) -> None:
        """Close the connection."""
        self.was_cut = True
        self._writer.close()


async def _first_bytes(reader: asyncio.StreamReader) -> bytes:
    """Return the preface, or what came instead of it."""
    received = b""
    while PREFACE.startswith(received) and received != PREFACE:
        data = await reader.read(len(PREFACE) - len(received))
        if not data:
            break
        received += data
    return received
