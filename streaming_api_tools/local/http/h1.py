"""Serve one HTTP/1.1 connection: h11 does the protocol, asyncio the sockets.

h11 and not aiohttp, because a streaming function reports its errors in request trailers, which aiohttp drops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import h11

READ_SIZE = 64 * 1024
#: awslambdaric describes an error to X-Ray in a header of up to 1 MB.
MAX_HEAD = 2 * 1024 * 1024


class TruncatedError(Exception):
    """Raised when the peer went away, or broke the protocol, in the middle of a request body."""


class ServerConnection:
    """Reads requests from a client and answers them, one after the other.

    :param received: what has been read from the client before
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: bytes = b""
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        if received:
            self._http.receive_data(received)
        self.trailers: Mapping[str, str] = {}

    async def next_request(self) -> h11.Request | None:
        """Return the head of the next request, or None when the client is done."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.SEND_BODY:
            # answered early: closing now would reset the connection and lose the answer
            async for _ in self.body():
                pass
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE:
            return None
        event = await self._event()
        return event if isinstance(event, h11.Request) else None

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the request body as it arrives; afterwards ``trailers`` has the trailers, in lower case.

        :raises TruncatedError: when the body ends before it is complete
        """
        if self._http.they_are_waiting_for_100_continue:
            await self.send(h11.InformationalResponse(status_code=100, headers=[]))
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self.trailers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
                return
            else:
                raise TruncatedError

    async def respond(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole response."""
        fields = [*headers.items(), ("Content-Length", str(len(body)))]
        await self.send(h11.Response(status_code=status, headers=fields))
        await self.send(h11.Data(data=body))
        await self.send(h11.EndOfMessage())

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(READ_SIZE))
        except (h11.RemoteProtocolError, ConnectionError) as error:
            raise TruncatedError from error
        return event

    async def send(self, event: h11.Event) -> None:
        """Send a part of a response; waits while the client is too far behind."""
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()
