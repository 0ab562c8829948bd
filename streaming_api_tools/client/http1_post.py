"""Perform a request in HTTP/1.1 with aiohttp, and stamp every read at the moment it leaves the socket.

``StreamReader.readany`` hands over what the socket brought and never waits for more. Readers that cut the
body into pieces of another size, ``iter_chunked`` or httpx's ``iter_bytes(n)``, hide how a stream arrives.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from yarl import URL

from ..proxies import proxy_for
from .http_fields import IDENTITY, by_name
from .moments import HTTP_1_1, End, Ending, Head, Moment, Part, Request, Sent

#: Seconds for the name look-up, the TCP connection and the TLS handshake together.
CONNECT_TIMEOUT = 10.0


@dataclass
class _Clock:
    started: int = 0
    connected: int = 0
    sent: int = 0


def _trace() -> aiohttp.TraceConfig:
    """Return a trace that fills the ``_Clock`` handed to the request."""

    async def connected(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceConnectionCreateEndParams,
    ) -> None:
        context.trace_request_ctx.connected = time.perf_counter_ns()

    async def sent(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        context.trace_request_ctx.sent = time.perf_counter_ns()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_request_headers_sent.append(sent)
    return trace


async def post(request: Request, *, idle: float, total: float | None = None) -> AsyncGenerator[Moment, None]:
    """Yield the moments of one exchange on a connection of its own; the last one is an ``End``.

    Redirects are not followed and compressed bodies are not expanded: what arrives is what is reported.

    :param idle: seconds without a byte after which the exchange is given up as silent
    :param total: seconds after which it is given up as overdue. Default: - no limit
    """
    clock = _Clock(started=time.perf_counter_ns())
    timeout = aiohttp.ClientTimeout(total=total, connect=CONNECT_TIMEOUT, sock_read=idle)
    connector = aiohttp.TCPConnector(force_close=True)
    reached = False
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=timeout, auto_decompress=False, trace_configs=[_trace()]
            ) as session,
            session.request(
                request.method,
                URL(request.url, encoded=True),
                # of an empty body aiohttp would name a media type
                data=request.body or None,
                headers={**IDENTITY, **request.headers},
                allow_redirects=False,
                proxy=proxy_for(request.url),
                trace_request_ctx=clock,
            ) as response,
        ):
            head_ns = time.perf_counter_ns()
            reached = True
            yield Sent(clock.sent, clock.connected - clock.started)
            yield Head(head_ns, response.status, by_name(response.headers.items()), HTTP_1_1)
            while data := await response.content.readany():
                yield Part(time.perf_counter_ns(), data)
        how, detail = Ending.CLOSED, ""
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError) as failure:
        # a UnicodeError is that of a host name which no look-up takes
        how, detail = _ending(failure, was_sent=bool(clock.sent)), _describe(failure)
    if not reached and clock.sent:
        yield Sent(clock.sent, clock.connected - clock.started)
    yield End(time.perf_counter_ns(), how, detail)


def _ending(failure: Exception, *, was_sent: bool) -> Ending:
    if not was_sent:
        return Ending.UNREACHABLE
    if isinstance(failure, aiohttp.SocketTimeoutError):
        return Ending.SILENT
    return Ending.OVERDUE if isinstance(failure, asyncio.TimeoutError) else Ending.CUT


def _describe(failure: Exception) -> str:
    if isinstance(failure, aiohttp.ClientHttpProxyError):
        # aiohttp adds the URL of the proxy, and with it the password
        return f"the proxy refused: {failure.status} {failure.message}"
    if isinstance(failure, aiohttp.ClientResponseError):
        # the status in it is aiohttp's own
        return f"what came is no HTTP response: {' '.join(failure.message.split())}"
    text = " ".join(str(failure).split()) or type(failure).__name__
    # aiohttp tells its setting of TLS, also for http
    return text.replace(" ssl:default", "") if isinstance(failure, aiohttp.ClientConnectorError) else text
