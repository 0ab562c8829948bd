"""Perform a request in the version of HTTP that it asks for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import urlsplit

from ..proxies import proxy_for
from . import http1_post
from .moments import AUTO, HTTP_1_1, Moment, Request


async def post(request: Request, *, idle: float, total: float | None = None) -> AsyncGenerator[Moment, None]:
    """Yield the moments of one exchange on a connection of its own; the last one is an ``End``.

    Redirects are not followed and compressed bodies are not expanded: what arrives is what is reported.
    ``auto`` is HTTP/1.1 without TLS, as in browsers, and through a proxy.

    :param idle: seconds without a byte after which the exchange is given up as silent
    :param total: seconds after which it is given up as overdue. Default: - no limit
    """
    if _may_be_http2(request):
        # h2 is loaded only for those who ask for it
        from . import http2_post

        try:
            async with aclosing(http2_post.post(request, idle=idle, total=total)) as moments:
                async for moment in moments:
                    yield moment
            return
        except http2_post.SpeaksHttp1:
            pass
    async with aclosing(http1_post.post(request, idle=idle, total=total)) as moments:
        async for moment in moments:
            yield moment


def _may_be_http2(request: Request) -> bool:
    if request.http_version == AUTO:
        return urlsplit(request.url).scheme == "https" and not proxy_for(request.url)
    return request.http_version != HTTP_1_1
