"""Pass a request on to a server, public or through a VPC link, and stream its response back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from ....client.proxy_event import Headers
from ...application import HttpIntegration, TransferMode
from ...http.limits import Limits
from ..request.access_log import AccessLogRecord
from ..request.errors import GatewayError, HttpResponse
from ..request.headers import to_client
from ..request.routed_request import RoutedRequest
from .response_writer import Failure, ResponseWriter

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
TARGET = re.compile(r"integration\.request\.(path|querystring|header)\.(.+)")
#: What a path may have as it is; the value of a greedy parameter has slashes.
SAFE_IN_PATH = "/:@!$&'()*+,;=~"


class UpstreamError(Exception):
    """Raised when the server behind the integration cannot be reached, or broke off."""


@dataclass(frozen=True)
class UpstreamRequest:
    """A request to a server; ``url`` is percent-encoded."""

    method: str
    url: str
    headers: Headers
    body: bytes


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
        self,
        request: web.Request,
        routed: RoutedRequest,
        record: AccessLogRecord,
        integration: HttpIntegration,
    ) -> web.StreamResponse:
        """Answer a request with what the server sends; status and headers wait for all its headers.

        :raises GatewayError: when the server fails, or takes too long, before the response has begun
        """
        upstream = upstream_request(integration, routed)
        record.record_integration_start(integration.mode)
        writer = ResponseWriter(request, record, self._limits)
        copying = self._copy(upstream, integration.mode, routed, record, writer)
        timeout = self._limits.timeout(integration.timeout)
        return await writer.run(copying, timeout, lambda error: _explain(error, upstream), self._log)

    async def close(self) -> None:
        """Close every connection to a server."""
        if self._session is not None:
            await self._session.close()

    async def _copy(
        self,
        upstream: UpstreamRequest,
        mode: TransferMode,
        routed: RoutedRequest,
        record: AccessLogRecord,
        writer: ResponseWriter,
    ) -> web.StreamResponse:
        idle = self._limits.idle(routed.api.endpoint_type)
        try:
            answer = await asyncio.wait_for(self._send(upstream), idle)
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, asyncio.TimeoutError):
                raise
            raise UpstreamError(str(error).replace(" ssl:default", "")) from error
        async with answer:
            record.record_headers(answer.status)
            headers = to_client(_headers(answer))
            if mode is TransferMode.BUFFERED:
                return writer.whole(HttpResponse(answer.status, headers, await _read(answer.content.read())))
            response = await writer.start(answer.status, headers)
            while chunk := await asyncio.wait_for(_read(answer.content.readany()), idle):
                await writer.write(response, chunk)
            return await writer.finish(response)

    async def _send(self, upstream: UpstreamRequest) -> aiohttp.ClientResponse:
        if self._session is None:
            # bytes pass as they are, and no request knows of another or waits for one: streams last
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        parts = urlsplit(upstream.url)
        backend = self._backends.get(parts.netloc)
        if backend:
            there = urlsplit(backend)
            parts = parts._replace(scheme=there.scheme, netloc=there.netloc)
        return await self._session.request(
            upstream.method,
            URL(parts.geturl(), encoded=True),
            headers=list(upstream.headers),
            data=upstream.body or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )


def upstream_request(integration: HttpIntegration, routed: RoutedRequest) -> UpstreamRequest:
    """Return the request to send.

    Query string and headers pass through; the mapping adds to them, or replaces what is there.
    """
    mapped: dict[str, dict[str, str]] = {"path": {}, "querystring": {}, "header": {}}
    for target, source in integration.parameters.items():
        found = TARGET.fullmatch(target)
        value = routed.value(source)
        if found and value is not None:
            mapped[found[1]][found[2]] = value
    variables = routed.stage.variables
    url = STAGE_VARIABLE.sub(lambda name: variables.get(name[1], ""), integration.url)
    url = PLACEHOLDER.sub(lambda name: quote(mapped["path"].get(name[1], ""), SAFE_IN_PATH), url)
    query = _query(routed.http.query, mapped["querystring"])
    if query:
        url += ("&" if "?" in url else "?") + query
    method = routed.http.method if integration.method == "ANY" else integration.method
    replaced = {name.lower() for name in mapped["header"]} | {"host", "x-amzn-apigateway-api-id"}
    headers = ((n, v) for n, v in routed.headers_to_integration() if n.lower() not in replaced)
    own = (("Host", urlsplit(url).netloc), ("x-amzn-apigateway-api-id", routed.api.id))
    return UpstreamRequest(method, url, (*own, *headers, *mapped["header"].items()), routed.http.body)


def _query(sent: str, mapped: Mapping[str, str]) -> str:
    kept = [part for part in sent.split("&") if part and part.split("=", 1)[0] not in mapped]
    return "&".join([*kept, *(f"{quote(name, '')}={quote(value, '')}" for name, value in mapped.items())])


async def _read(reading: Awaitable[bytes]) -> bytes:
    """Return what is read; a broken connection to the server is not one to the client."""
    try:
        return await reading
    except (aiohttp.ClientError, ConnectionError) as error:
        raise UpstreamError(f"the server broke off: {error}") from error


def _headers(answer: aiohttp.ClientResponse) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers)


def _explain(exception: Exception, upstream: UpstreamRequest) -> Failure | None:
    if isinstance(exception, asyncio.TimeoutError):
        detail = f"{upstream.url} sent nothing in time (idle timeout, or integration timeout)"
        return Failure(GatewayError("INTEGRATION_TIMEOUT", detail=detail), "TimeoutError")
    if isinstance(exception, UpstreamError):
        message = "Network error communicating with endpoint"
        detail = f"{upstream.url}: {exception}"
        return Failure(GatewayError("INTEGRATION_FAILURE", message, status=504, detail=detail), message)
    return None
