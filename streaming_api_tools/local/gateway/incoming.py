"""What aiohttp received, as the values that the rest of the gateway works on."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import uuid
from datetime import datetime, timezone

from aiohttp import web

from ..limits import REQUEST_SECONDS
from .request.proxy_event import HttpRequest, Reception

#: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
TRACE_ID = re.compile(r"[A-Za-z0-9=;:.@_-]{1,256}")
#: What stands before the path when a client takes the gateway for its proxy.
ORIGIN = re.compile(r"^https?://[^/?]*", re.IGNORECASE)


class BodyTooLargeError(Exception):
    """A request body is over the limit."""


def read_head(http: web.Request) -> HttpRequest:
    """Return a request without its body; a proxy is sent the whole URL (RFC 9112, section 3.2.2)."""
    target = ORIGIN.sub("", http.raw_path)
    path, _, query = target.partition("?")
    return HttpRequest(
        method=http.method,
        path=path or "/",
        query=query,
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in http.raw_headers),
        body=b"",
        source_ip=http.remote or "",
        protocol=f"HTTP/{http.version.major}.{http.version.minor}",
    )


async def read_body(http: web.Request, limit: int, patience: float = REQUEST_SECONDS) -> bytes:
    """Return the body of a request.

    :param limit: in bytes
    :param patience: how many seconds the next part of it may take; then the request is answered with 408
    :raises BodyTooLargeError: when the body is larger, as soon as that is known
    """
    if (http.content_length or 0) > limit:
        raise BodyTooLargeError
    body = bytearray()
    try:
        while chunk := await asyncio.wait_for(http.content.readany(), patience):
            body += chunk
            if len(body) > limit:
                raise BodyTooLargeError
    except asyncio.TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def receive(http: web.Request) -> Reception:
    """Return the ids that a request gets; a trace id of the client's is kept."""
    now = datetime.now(timezone.utc)
    trace_id = http.headers.get("X-Amzn-Trace-Id", "")
    if not TRACE_ID.fullmatch(trace_id):
        trace_id = f"Root=1-{int(now.timestamp()):08x}-{os.urandom(12).hex()}"
    return Reception(
        request_id=str(uuid.uuid4()),
        extended_request_id=base64.b64encode(os.urandom(11)).decode(),
        trace_id=trace_id,
        time=now,
    )
