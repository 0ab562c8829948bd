"""A server that sends events to all of its clients at a pace, and counts them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b'data: {"text": "six-letter word", "n": 1234}\n\n'
CHUNK = b"%x\r\n%b\r\n" % (len(EVENT), EVENT)
END = b"0\r\n\r\n"


class EventServer:
    """Answers a number of requests at the same time, once all have come.

    :param streams: how many
    :param rate: events a second, of all together
    :param seconds: for how long
    """

    def __init__(self, streams: int, rate: float, seconds: float) -> None:
        self._streams, self._interval, self._seconds = streams, streams / rate, seconds
        self._clients: list[asyncio.StreamWriter] = []
        self._complete = asyncio.Event()
        self.port = 0
        self.events = 0
        self.elapsed = 0.0

    @property
    def rate(self) -> float:
        """The events a second that it sent."""
        return self.events / self.elapsed if self.elapsed else 0.0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[EventServer]:
        """Listen on a free port of loopback."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        sending = asyncio.ensure_future(self._send())
        try:
            yield self
        finally:
            sending.cancel()
            server.close()
            for client in self._clients:
                client.close()
            await asyncio.gather(*(it.wait_closed() for it in self._clients), return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
            self._clients.append(writer)
            writer.write(HEAD)
            if len(self._clients) == self._streams:
                self._complete.set()

    async def _send(self) -> None:
        await self._complete.wait()
        loop = asyncio.get_running_loop()
        began = due = loop.time()
        while due < began + self._seconds:
            for client in self._clients:
                client.write(CHUNK)
            self.events += len(self._clients)
            due += self._interval
            await asyncio.sleep(max(0.0, due - loop.time()))
        self.elapsed = time.monotonic() - began
        for client in self._clients:
            client.write(END)
