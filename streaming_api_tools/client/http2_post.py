"""Perform a request in HTTP/2, and stamp every read at the moment it leaves the socket."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from functools import cache
from urllib.parse import urlsplit

from h2.exceptions import ProtocolError

from ..proxies import proxy_for
from .http1_post import CONNECT_TIMEOUT
from .http2_exchange import Http2Exchange
from .moments import AUTO, End, Ending, Moment, Request, Sent

#: Reads that may wait to be taken, so that an endless answer does not fill the memory.
AHEAD = 16
#: Names of protocols in the TLS handshake: RFC 9113, section 3.2, and RFC 7301.
H2, HTTP1 = "h2", "http/1.1"


class SpeaksHttp1(Exception):
    """Raised before the first moment where a server that may choose does not choose HTTP/2."""


class Unreachable(Exception):
    """Raised where there is no connection that HTTP/2 can be spoken on."""


class _Connection(asyncio.Protocol):
    """Stamps what comes when it leaves the socket.

    Not asyncio's streams: these drop what they have read when the connection is lost after it.
    """

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self._why = ""
        self._is_paused = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came with its time."""
        self._arrived.put_nowait((time.perf_counter_ns(), data))
        if self._arrived.qsize() > AHEAD and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep the end; there is nothing to resume then."""
        self._is_paused = False
        self._why = " ".join(str(exc or "").split())
        self._arrived.put_nowait((time.perf_counter_ns(), b""))

    async def read(self) -> tuple[int, bytes]:
        """Return what came next, and when; nothing at the end."""
        found = await self._arrived.get()
        if self._is_paused and self._arrived.empty():
            self._is_paused = False
            self.transport.resume_reading()
        return found

    @property
    def why_lost(self) -> str:
        """The reason why the connection went away, where the system gave one."""
        return self._why


class _Deadlines:
    """Tells how long a read may take."""

    def __init__(self, idle: float, total: float | None, passed: float) -> None:
        self._idle, now = idle, time.monotonic()
        self._silent = now + idle
        self._overdue = now + total - passed if total is not None else float("inf")

    def move(self) -> None:
        """Begin the time of silence anew."""
        self._silent = time.monotonic() + self._idle

    def left(self) -> float:
        """Return the seconds until the first of them."""
        return max(0.0, min(self._silent, self._overdue) - time.monotonic())

    def ending(self, exchange: Http2Exchange) -> End:
        """Return the end of an exchange that took too long."""
        ns = time.perf_counter_ns()
        if self._overdue <= self._silent:
            return End(ns, Ending.OVERDUE, "the answer took longer than it may")
        why = ": the server left no window for the request's body" if exchange.waits_for_room else ""
        return End(ns, Ending.SILENT, f"nothing of the answer came for {self._idle:g} s{why}")


async def post(request: Request, *, idle: float, total: float | None = None) -> AsyncGenerator[Moment, None]:
    """Yield the moments of one exchange on a connection of its own; the last one is an ``End``.

    To an ``http`` URL HTTP/2 is spoken at once (RFC 9113, section 3.3), to an ``https`` URL after ALPN.

    :param idle: seconds without a byte of the answer after which the exchange is given up as silent; what a
        server sends beside it, such as PING, is no sign of life
    :param total: seconds after which it is given up as overdue. Default: - no limit
    :raises SpeaksHttp1: where the request leaves the version to the server, which chose HTTP/1.1
    """
    started = time.perf_counter_ns()
    try:
        connection = await _connect(request)
    except (Unreachable, OSError, ssl.CertificateError, UnicodeError, asyncio.TimeoutError) as failure:
        why = " ".join(str(failure).split()) or f"no connection within {CONNECT_TIMEOUT:g} s"
        yield End(time.perf_counter_ns(), Ending.UNREACHABLE, why)
        return
    connected = time.perf_counter_ns()
    exchange = Http2Exchange(request)
    deadlines = _Deadlines(idle, total, (connected - started) / 1e9)
    try:
        connection.transport.write(exchange.to_send())
        yield Sent(time.perf_counter_ns(), connected - started)
        over = False
        while not over:
            for moment in await _next(connection, exchange, deadlines):
                over = isinstance(moment, End)
                yield moment
    finally:
        # not close(): with TLS it waits for a server that may never answer
        connection.transport.abort()


async def _next(connection: _Connection, exchange: Http2Exchange, deadlines: _Deadlines) -> list[Moment]:
    """Return what the next read brings; an ``End`` when it brings nothing."""
    try:
        ns, data = await asyncio.wait_for(connection.read(), deadlines.left())
    except asyncio.TimeoutError:
        return [deadlines.ending(exchange)]
    if not data:
        return [exchange.closed(ns, connection.why_lost)]
    moments = exchange.receive(data, ns)
    if not (moments and isinstance(moments[-1], End)):
        try:
            connection.transport.write(exchange.to_send())
        except ProtocolError as failure:
            moments.append(End(ns, Ending.CUT, str(failure)))
    if exchange.progressed:
        exchange.progressed = False
        deadlines.move()
    return moments


async def _connect(request: Request) -> _Connection:
    if proxy_for(request.url):
        raise Unreachable("HTTP/2 is not spoken through a proxy: set NO_PROXY, or ask for HTTP/1.1")
    parts = urlsplit(request.url)
    may_choose = request.http_version == AUTO
    tls = _tls((H2, HTTP1) if may_choose else (H2,)) if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    opening = asyncio.get_running_loop().create_connection(_Connection, parts.hostname or "", port, ssl=tls)
    transport, connection = await asyncio.wait_for(opening, CONNECT_TIMEOUT)
    handshake = transport.get_extra_info("ssl_object")
    if tls and handshake.selected_alpn_protocol() != H2:
        transport.abort()
        if may_choose:
            raise SpeaksHttp1
        raise Unreachable("the server does not offer HTTP/2 in the TLS handshake (ALPN)")
    return connection


@cache
def _tls(protocols: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(list(protocols))
    return context
