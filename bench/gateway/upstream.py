"""Many streams through an HTTP integration: a server behind it and its clients, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from .load import PATIENCE, Reader, Writer, ask

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Carried:
    """The streams that a gateway carried.

    :param streams: how many were asked for
    :param lost: those that were cut, or that miss a chunk
    :param delays: of each chunk, in nanoseconds
    """

    streams: int
    lost: int
    delays: list[int]


class Upstream:
    """A server that begins a response for each request, and leaves the rest to whoever takes it."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self.address = ("", 0)
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Upstream]:
        """Listen on a free port of loopback."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.address = server.sockets[0].getsockname()
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.close()
            await asyncio.gather(*(it.wait_closed() for it in self._writers), return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                self.begin(writer)

    def begin(self, writer: asyncio.StreamWriter) -> None:
        """Begin a response."""
        writer.write(HEAD)
        self.begun.put_nowait(writer)


async def carried(
    gateway: tuple[str, int], upstream: Upstream, streams: int, count: int, interval: float
) -> Carried:
    """Run streams with a trickle of chunks each, all at the same time."""
    loop = asyncio.get_running_loop()
    each: list[list[int]] = [[] for _ in range(streams)]
    readers: list[Reader] = []
    writers: list[asyncio.StreamWriter] = []
    for delays in each:
        readers.append(await ask(gateway, delays))
        writers.append(await asyncio.wait_for(upstream.begun.get(), PATIENCE))
    begin = loop.time() + 0.5
    for number, writer in enumerate(writers):
        Writer(writer.write, count, interval, begin + interval * number / streams)
    waited = (asyncio.wait_for(reader.ended, count * interval + PATIENCE) for reader in readers)
    ended = await asyncio.gather(*waited, return_exceptions=True)
    for reader in readers:
        reader.transport.close()
    lost = sum(
        isinstance(end, BaseException) or len(delays) < count for end, delays in zip(ended, each, strict=True)
    )
    return Carried(streams, lost, [delay for delays in each for delay in delays])
