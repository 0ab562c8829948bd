"""Compressed requests, which API Gateway decompresses for the integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from .request.errors import GatewayError
from .request.proxy_event import HttpRequest

#: "Content codings supported by API Gateway" -> what zlib calls them; beside them there is ``identity``.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-enable-compression.html
CODINGS = {"deflate": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS | 16}


def decoded(request: HttpRequest, limit: int) -> HttpRequest:
    """Return the request as it was before the client compressed it.

    :param limit: the most bytes that a body may have
    :raises GatewayError: when it is not compressed as it says, or too large
    """
    coding = (request.header("Content-Encoding") or "identity").strip().lower()
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
