"""Read a request from aiohttp: its head, its body, and the body as it was before compression."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import uuid
import zlib
from dataclasses import replace
from datetime import datetime, timezone

from aiohttp import web

from ...http.limits import REQUEST_SECONDS
from .errors import GatewayError
from .routed_request import HttpRequest, Reception

#: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
TRACE_ID = re.compile(r"[A-Za-z0-9=;:.@_-]{1,256}")
#: What stands before the path when a client takes the gateway for its proxy.
ORIGIN = re.compile(r"^https?://[^/?]*", re.IGNORECASE)
#: "Content codings supported by API Gateway" -> what zlib calls them; beside them there is ``identity``.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-enable-compression.html
CODINGS = {"deflate": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS | 16}


class BodyTooLargeError(Exception):
    """Raised when a request body is over the limit."""


def read_head(request: web.Request) -> HttpRequest:
    """Return a request without its body; a proxy is sent the whole URL (RFC 9112, section 3.2.2)."""
    target = ORIGIN.sub("", request.raw_path)
    path, _, query = target.partition("?")
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)
    return HttpRequest(
        method=request.method,
        path=path or "/",
        query=query,
        headers=tuple(headers),
        body=b"",
        source_ip=request.remote or "",
        protocol=f"HTTP/{request.version.major}.{request.version.minor}",
    )


async def read_body(request: web.Request, limit: int, timeout: float = REQUEST_SECONDS) -> bytes:
    """Return the body of a request.

    :param limit: in bytes
    :param timeout: seconds that the next part of it may take; then the request is answered with 408
    :raises BodyTooLargeError: when the body is larger, as soon as that is known
    """
    if (request.content_length or 0) > limit:
        raise BodyTooLargeError
    body = bytearray()
    try:
        while not request.content.at_eof():
            body += await asyncio.wait_for(request.content.readany(), timeout)
            if len(body) > limit:
                raise BodyTooLargeError
    except asyncio.TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def receive(trace_id: str | None) -> Reception:
    """Return the ids that a request gets.

    :param trace_id: the client's own, which is kept when it has the form of one
    """
    now = datetime.now(timezone.utc)
    if not TRACE_ID.fullmatch(trace_id or ""):
        trace_id = f"Root=1-{int(now.timestamp()):08x}-{os.urandom(12).hex()}"
    return Reception(
        request_id=str(uuid.uuid4()),
        extended_request_id=base64.b64encode(os.urandom(11)).decode(),
        trace_id=trace_id or "",
        time=now,
    )


def decompress(request: HttpRequest, coding: str, limit: int) -> HttpRequest:
    """Return the request as it was before the client compressed it, which is what integrations get.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html

    :param coding: the value of ``Content-Encoding``
    :param limit: the most bytes that a body may have
    :raises GatewayError: when it is not compressed as it says, or too large
    """
    coding = coding.strip().lower()
    if coding == "identity" or not request.body:
        return request
    if coding not in CODINGS:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", detail=f"the content coding {coding} is not supported")
    inflating = zlib.decompressobj(CODINGS[coding])
    try:
        body = inflating.decompress(request.body, limit + 1)
    except zlib.error as error:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", detail=f"the body is not {coding}: {error}") from error
    if len(body) > limit:
        raise GatewayError("REQUEST_TOO_LARGE")
    if not inflating.eof:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", detail=f"the body is not {coding}: it ends too early")
    headers = tuple((name, value) for name, value in request.headers if name.lower() != "content-encoding")
    return replace(request, headers=headers, body=body)
