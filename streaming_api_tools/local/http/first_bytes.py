"""Tell HTTP/1.1 and HTTP/2 apart by the first bytes of a connection, and hand it to who speaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import cast

from .server import PREFACE

#: Serves a connection in HTTP/2, whose preface was read.
Http2 = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


class FirstBytes(asyncio.Protocol):
    """Reads the first bytes of a connection (RFC 9113, section 3.3), then gives it to another protocol.

    :param http1: makes what speaks HTTP/1.1
    :param http2: speaks HTTP/2
    :param timeout: seconds for the first bytes
    :param tasks: has what speaks HTTP/2 while it does
    """

    def __init__(
        self,
        http1: Callable[[], asyncio.BaseProtocol],
        http2: Http2,
        timeout: float,
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._http1 = http1
        self._http2 = http2
        self._timeout = timeout
        self._tasks = tasks
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes."""
        self._transport = cast("asyncio.Transport", transport)
        self._timer = asyncio.get_running_loop().call_later(self._timeout, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._stop()

    def data_received(self, data: bytes) -> None:
        """Decide, once there is enough."""
        self._received += data
        is_preface = self._received.startswith(PREFACE)
        if PREFACE.startswith(self._received) and not is_preface:
            return
        self._stop()
        assert self._transport is not None
        if is_preface:
            self._speak_http2(self._transport)
        else:
            protocol = cast("asyncio.Protocol", self._http1())
            self._transport.set_protocol(protocol)
            protocol.connection_made(self._transport)
            protocol.data_received(self._received)

    def _speak_http2(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if behind := self._received[len(PREFACE) :]:
            protocol.data_received(behind)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        task = loop.create_task(self._http2(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
