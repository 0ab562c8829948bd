"""``HTTP_PROXY``, public or through a VPC link: passes a request on and streams back what the server sends.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from ...application import HttpIntegration, TransferMode
from ...limits import Limits
from ..request.errors import Answer, GatewayError
from ..request.headers import Headers, to_client
from ..request.state import Exchange
from .http_mapping import Upstream, upstream_request
from .lambda_buffered import with_content_type
from .response_writer import Reply
from .run import Failure, deliver


class UpstreamError(Exception):
    """The server behind the integration cannot be reached, or broke off."""


class HttpProxy:
    """Serves the routes that an HTTP server answers.

    :param backends: where hosts really are, for those that only a VPC knows: ``{"svc.internal":
        "http://127.0.0.1:9000"}``
    :param log: takes a line for the developer
    """

    def __init__(self, limits: Limits, backends: Mapping[str, str], log: Callable[[str], None]) -> None:
        self._limits = limits
        self._backends = backends
        self._log = log
        self._session: aiohttp.ClientSession | None = None

    async def serve(
        self, http: web.Request, exchange: Exchange, integration: HttpIntegration
    ) -> web.StreamResponse:
        """Answer a request with what the server sends; status and headers wait for all its headers.

        :raises GatewayError: when the server fails, or takes too long, before the response has begun
        """
        assert exchange.api is not None
        assert exchange.stage is not None
        assert exchange.match is not None
        upstream = upstream_request(
            integration,
            exchange.request,
            exchange.api,
            exchange.stage,
            exchange.match,
            exchange.context(),
            exchange.reception.trace_id,
        )
        reply = Reply(http, exchange, self._limits)
        exchange.begin_integration(integration.mode)
        copying = self._copy(upstream, integration.mode, exchange, reply)
        timeout = self._limits.timeout(integration.timeout)
        return await deliver(copying, timeout, exchange, reply, lambda e: _explain(e, upstream), self._log)

    async def close(self) -> None:
        """Close every connection to a server."""
        if self._session is not None:
            await self._session.close()

    async def _copy(
        self, upstream: Upstream, mode: TransferMode, exchange: Exchange, reply: Reply
    ) -> web.StreamResponse:
        assert exchange.api is not None
        idle = self._limits.idle(exchange.api.endpoint_type)
        if self._session is None:
            # bytes pass as they are, and no request knows of another
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        try:
            answer = await asyncio.wait_for(self._send(upstream, exchange.request.body), idle)
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, asyncio.TimeoutError):
                raise
            raise UpstreamError(str(error)) from error
        async with answer:
            exchange.got_headers(answer.status)
            headers = with_content_type(to_client(_headers(answer)))
            if mode is TransferMode.BUFFERED:
                return reply.whole(Answer(answer.status, headers, await _read(answer.content.read())))
            await reply.start(answer.status, headers)
            while chunk := await asyncio.wait_for(_read(answer.content.readany()), idle):
                await reply.write(chunk)
            await reply.finish()
        assert reply.response is not None
        return reply.response

    async def _send(self, upstream: Upstream, body: bytes) -> aiohttp.ClientResponse:
        assert self._session is not None
        parts = urlsplit(upstream.url)
        backend = self._backends.get(parts.netloc)
        if backend:
            there = urlsplit(backend)
            parts = parts._replace(scheme=there.scheme, netloc=there.netloc)
        return await self._session.request(
            upstream.method,
            URL(parts.geturl(), encoded=True),
            headers=list(upstream.headers),
            data=body or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )


async def _read(reading: Awaitable[bytes]) -> bytes:
    """Return what is read; a broken connection to the server is not one to the client."""
    try:
        return await reading
    except (aiohttp.ClientError, ConnectionError) as error:
        raise UpstreamError(f"the server broke off: {error}") from error


def _headers(answer: aiohttp.ClientResponse) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers)


def _explain(exception: Exception, upstream: Upstream) -> Failure | None:
    if isinstance(exception, asyncio.TimeoutError):
        detail = f"{upstream.url} sent nothing in time (idle timeout, or integration timeout)"
        return Failure(GatewayError("INTEGRATION_TIMEOUT", detail=detail), "TimeoutError")
    if isinstance(exception, UpstreamError):
        message = "Network error communicating with endpoint"
        detail = f"{upstream.url}: {exception}"
        return Failure(GatewayError("INTEGRATION_FAILURE", message, status=504, detail=detail), message)
    return None
