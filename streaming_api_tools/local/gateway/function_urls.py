"""Serve function URLs: authorize a request, invoke the function, and pass on what it writes.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and urls-auth.html. A URL is served below
``/_aws/lambda-url/LOGICAL_ID``, and for requests with its host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from aiohttp import web
from aiohttp.typedefs import Handler

from ... import initiator
from ...client.lambda_response import CONTENT_TYPE, LambdaResponseParser, MalformedResponseError
from ...initiator import Initiator
from ..application import Application, Function, FunctionUrl
from ..functions.concurrency import RATE_EXCEEDED, ThrottledError
from ..functions.invoke_request import MAX_PAYLOAD
from ..functions.pool import FunctionPool
from ..functions.response_pipe import FunctionError, ResponsePipe
from ..http.limits import Limits
from .authorizers.iam import Access, verify
from .guard import Guard
from .integrations.response_writer import Failure, ResponseWriter
from .integrations.url_response import JSON, buffered_response, to_client
from .request.access_log import AccessLogRecord
from .request.errors import GatewayError, HttpResponse
from .request.incoming import BodyTooLargeError, read_body, read_head, receive
from .request.routed_request import ANONYMOUS, HttpRequest, Identity, ReceivedRequest
from .request.url_cors import cors_headers, is_preflight
from .request.url_event import url_event

#: Of the event, which has the body in it: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_EVENT = MAX_PAYLOAD["RequestResponse"]
PREFIX = re.compile(r"/_aws/lambda-url/(?P<id>[A-Za-z0-9]+)(?=/|$)")
#: The content type of a stream that says none.
BYTES = "application/octet-stream"
_NOT_SIGNED = "MISSING_AUTHENTICATION_TOKEN"


def local_url(url: FunctionUrl, root: str) -> str:
    """Return where a function URL is served.

    :param root: the URL of the gateway
    """
    return f"{root}/_aws/lambda-url/{url.id}/"


class FunctionUrls:
    """Serves the function URLs of an application.

    :param pool: runs the functions
    :param log: takes a line for the developer
    :param guard: refuses requests of pages of others
    :param cut_failed: whether a response whose error is in its trailers is cut
    """

    def __init__(
        self,
        application: Application,
        pool: FunctionPool,
        access: Access,
        limits: Limits,
        log: Callable[[str], None],
        guard: Guard,
        *,
        cut_failed: bool = False,
    ) -> None:
        self._application = application
        self._pool = pool
        self._access = access
        # its bandwidth is the function's own
        self._limits = replace(limits, gateway_rate=None)
        self._log = log
        self._guard = guard
        self._cut_failed = cut_failed
        self._by_id = {url.id: url for url in application.urls}
        self._by_host = {url.host: url for url in application.urls}

    def before(self, otherwise: Handler) -> Handler:
        """Return what answers requests to function URLs, and passes on the others.

        :param otherwise: answers the others
        """
        if not self._by_id:
            return otherwise

        async def handle(request: web.Request) -> web.StreamResponse:
            found = self._find(read_head(request))
            return await self._handle(request, *found) if found else await otherwise(request)

        return handle

    def _find(self, http: HttpRequest) -> tuple[FunctionUrl, HttpRequest] | None:
        if prefix := PREFIX.match(http.path):
            url = self._by_id.get(prefix["id"])
            rest = http.path.removeprefix(prefix[0]) or "/"
            return (url, replace(http, prefix=prefix[0], path=rest)) if url else None
        host = self._by_host.get((http.header("Host") or "").partition(":")[0].lower())
        return (host, http) if host else None

    async def _handle(self, request: web.Request, url: FunctionUrl, http: HttpRequest) -> web.StreamResponse:
        reception = replace(receive(http.header("X-Amzn-Trace-Id")), extended_request_id="")
        record = AccessLogRecord(ReceivedRequest(http, reception, self._application.account))
        writer = ResponseWriter(request, record, self._limits)
        added = cors_headers(url.cors, http)
        try:
            if is_preflight(url.cors, http):
                return writer.whole(HttpResponse(200, added, b""))
            http = replace(http, body=await self._read_body(request))
            identity = self._identify(url, http)
            pipe = self._invoke(url, http, record, identity)
            copying = (_stream if url.streams else _buffered)(pipe, writer, added)
            try:
                return await writer.run(copying, None, self._explaining(url, pipe), self._log)
            finally:
                pipe.abandon()
        except GatewayError as error:
            if error.detail:
                self._log(f"function URL {url.id}: {http.method} {http.path}: {error.status}: {error.detail}")
            return writer.whole(_refusal(error, added))

    async def _read_body(self, request: web.Request) -> bytes:
        try:
            return await read_body(request, MAX_EVENT, self._limits.request_seconds)
        except BodyTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None

    def _identify(self, url: FunctionUrl, http: HttpRequest) -> Identity:
        """Return who signed a request.

        :raises GatewayError: when nobody did who may, or a page of another site sent it
        """
        if not self._access.enforced or url.authorization == "NONE":
            sent_by_page = any(http.header(name) is not None for name in initiator.HEADERS)
            headers = {name: value for name, value in http.headers}
            reason = self._guard.refused_page(headers, Initiator.SAME_SITE) if sent_by_page else None
            if reason:
                raise GatewayError("ACCESS_DENIED", reason, detail=reason)
            return ANONYMOUS
        if self._access.keys is None:
            reason = "the gateway has no credentials to check signatures with; start with --no-auth"
            raise GatewayError("API_CONFIGURATION_ERROR", reason, detail=reason)
        region, account = self._application.region, self._application.account
        return verify(http, self._access.keys, region, account, datetime.now(timezone.utc), "lambda")

    def _invoke(
        self, url: FunctionUrl, http: HttpRequest, record: AccessLogRecord, identity: Identity
    ) -> ResponsePipe:
        if not isinstance(url.function, Function):
            raise GatewayError("API_CONFIGURATION_ERROR", url.function.reason, detail=url.function.reason)
        reception = record.request.reception
        event = url_event(url, http, reception, self._application.account, identity)
        payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        if len(payload) > MAX_EVENT:
            detail = f"the event has {len(payload)} bytes; a function takes {MAX_EVENT} at most"
            raise GatewayError("REQUEST_TOO_LARGE", detail=detail)
        try:
            return self._pool.invoke(url.function, payload, reception.trace_id)
        except ThrottledError as error:
            # https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html: "Throttling"
            raise GatewayError("THROTTLED", RATE_EXCEEDED, detail=str(error)) from error

    def _explaining(self, url: FunctionUrl, pipe: ResponsePipe) -> Callable[[Exception], Failure | None]:
        """Return what explains the exceptions of an invocation."""

        def explain(exception: Exception) -> Failure | None:
            if not isinstance(exception, (FunctionError, MalformedResponseError)):
                return None
            ends_cleanly = False
            if isinstance(exception, FunctionError):
                said = exception.payload.decode("utf-8", "replace")
                detail = f"the function failed with {exception.kind}: {said}"
                ends_cleanly = exception.in_trailers and not self._cut_failed
            elif pipe.streaming and not url.streams:
                detail = "the function streams, and the InvokeMode of its URL is BUFFERED"
            else:
                detail = f"the function answered in a wrong format: {exception}"
            error = GatewayError("INTEGRATION_FAILURE", "Internal Server Error", detail=detail)
            return Failure(error, type(exception).__name__, ends_cleanly)

        return explain


async def _stream(
    pipe: ResponsePipe, writer: ResponseWriter, added: tuple[tuple[str, str], ...]
) -> web.StreamResponse:
    """Pass on what a function writes; without metadata in front its status is 200."""
    chunk = await pipe.read()
    if pipe.content_type != CONTENT_TYPE:
        own = (("Content-Type", pipe.content_type or (BYTES if pipe.streaming else JSON)),)
        response = await writer.start(200, (*own, *added))
    else:
        parser = LambdaResponseParser()
        rest = parser.feed(chunk)
        while parser.metadata is None:
            if not chunk:
                parser.finish()
            chunk = await pipe.read()
            rest = parser.feed(chunk)
        headers = to_client(parser.metadata.headers, BYTES)
        response, chunk = await writer.start(parser.metadata.status, (*headers, *added)), rest
    await writer.write(response, chunk)
    at_once = writer.at_once(response)
    while chunk := await pipe.read(at_once=at_once):
        await writer.write(response, chunk)
    return await writer.finish(response)


async def _buffered(
    pipe: ResponsePipe, writer: ResponseWriter, added: tuple[tuple[str, str], ...]
) -> web.StreamResponse:
    response = buffered_response(await pipe.whole())
    return writer.whole(replace(response, headers=(*response.headers, *added)))


def _refusal(error: GatewayError, added: tuple[tuple[str, str], ...]) -> HttpResponse:
    """Return how Lambda says that it, or the function, does not answer."""
    kind, message = error.exception, error.message
    if error.kind == _NOT_SIGNED:
        kind, message = "AccessDeniedException", "Forbidden"
    body = json.dumps({"Message": message}).encode()
    headers = (("Content-Type", JSON), ("x-amzn-ErrorType", kind), *added)
    return HttpResponse(error.status, headers, body)
