"""Serve one HTTP/1.1 connection: h11 does the protocol, asyncio the sockets.

h11 and not aiohttp, because a streaming function reports its errors in request trailers, which aiohttp drops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial

import h11

from .chunks import CRLF, DirectReader, take_chunks

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

    async def body(self, at_once: Callable[[bytes], bool] | None = None) -> AsyncIterator[bytes]:
        """Yield the request body as it arrives; afterwards ``trailers`` has the trailers, in lower case.

        :param at_once: takes chunks in the turn of the event loop in which they come, and tells whether it
            did; the others are yielded. Default: - all are yielded
        :raises TruncatedError: when the body ends before it is complete
        """
        if self._http.they_are_waiting_for_100_continue:
            await self.send(h11.InformationalResponse(status_code=100, headers=[]))
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
                plain = event.chunk_end and self._is_between_chunks()
                while plain:
                    chunks, plain = await self._chunks(at_once)
                    for chunk in chunks:
                        yield chunk
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

    def _is_between_chunks(self) -> bool:
        """Tell, behind the data of a chunk, whether nothing came but the end of it; h11 has read it then."""
        return self._http.trailing_data == (CRLF, False) and self._http.next_event() is h11.NEED_DATA

    async def _chunks(self, at_once: Callable[[bytes], bool] | None) -> tuple[list[bytes], bool]:
        """Return chunks that h11 need not read, and whether it need not read what came behind them."""
        chunks: list[bytes] = []

        def keep(chunk: bytes) -> bool:
            chunks.append(chunk)
            return True

        try:
            if at_once is not None and isinstance(self._reader, DirectReader):
                data = await self._reader.read_behind(partial(take_chunks, take=at_once), READ_SIZE)
            else:
                data = await self._reader.read(READ_SIZE)
        except ConnectionError as error:
            raise TruncatedError from error
        rest = take_chunks(data, keep)
        plain = bool(data) and not rest
        if not plain:
            # before anything is yielded, so that nothing is lost when the caller needs no more
            self._http.receive_data(rest)
        return chunks, plain

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
