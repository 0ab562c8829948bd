"""Listen for HTTP/1.1 and HTTP/2 without TLS on one port.

AWS's SDK for JavaScript speaks HTTP/2 to Bedrock by default, to an ``http://`` endpoint with prior knowledge.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from ..http.first_bytes import FirstBytes
from ..http.limits import Limits
from ..http.server import PREFACE

#: A body that is larger than API Gateway takes is read nevertheless, so that its client gets the status 413.
BODIES = 2
#: Connections that wait to be accepted.
BACKLOG = 1024


class TwoProtocolSite(web.BaseSite):
    """A site of a runner of aiohttp, which itself speaks HTTP/1.1 only."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, limits: Limits) -> None:
        super().__init__(runner, backlog=BACKLOG)
        self._host = host
        self._port = port
        self._limits = limits
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """The address that it was told to listen on."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen.

        :raises OSError: when the port is taken
        """
        await super().start()
        loop, http1 = asyncio.get_running_loop(), self._runner.server
        assert http1 is not None

        def accept() -> FirstBytes:
            return FirstBytes(http1, self._http2, self._limits.request_seconds, self._tasks)

        self._server = await loop.create_server(accept, self._host, self._port, backlog=BACKLOG)

    async def stop(self) -> None:
        """Close the port, and what speaks HTTP/2."""
        await super().stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # only who needs it loads it
        from ..http.h2 import Http2Connection
        from ..http.h2_to_h1 import Http1Behind

        assert self._runner.server is not None
        handler = Http1Behind(self._runner.server, writer.transport)
        limit, timeout = BODIES * self._limits.request_bytes, self._limits.request_seconds
        try:
            await Http2Connection(reader, writer, handler, limit, timeout).serve(PREFACE)
        except ConnectionError:
            pass  # the client is gone
        finally:
            writer.close()
