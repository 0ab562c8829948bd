"""The HTTP response to one client, written as its parts become known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web

from ...limits import Limits
from ..request.errors import Answer
from ..request.state import Exchange

#: RFC 9110, sections 15.3.5 and 15.4.5: these statuses have no body, whatever the integration sends.
WITHOUT_BODY = frozenset({204, 304})


class Reply:
    """Writes one response and notes in the exchange what was written.

    :param limits: how fast a streamed response may be
    """

    def __init__(self, http: web.Request, exchange: Exchange, limits: Limits) -> None:
        self._limits = limits
        self._bandwidth = limits.bandwidth(limits.gateway_rate)
        self._http = http
        self._exchange = exchange
        self._declared: int | None = None
        self._sent = 0
        self._bodiless = http.method == "HEAD"
        self.response: web.StreamResponse | None = None

    def whole(self, answer: Answer) -> web.StreamResponse:
        """Return a response whose body is known."""
        self._exchange.status = answer.status
        self._exchange.response_length = len(answer.body)
        fields = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
        return web.Response(status=answer.status, body=answer.body, headers=self._headers(fields))

    async def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send status and headers at once, without waiting for a body."""
        self._exchange.status = status
        self._bodiless = self._bodiless or status in WITHOUT_BODY
        self.response = web.StreamResponse(status=status, headers=self._headers(headers))
        self._declared = self.response.content_length
        await self.response.prepare(self._http)

    async def write(self, chunk: bytes) -> None:
        """Send a chunk; waits while the client is too far behind, or the bandwidth is used up.

        Nothing is sent after a status without a body: a client would take it for the next response.

        :raises ConnectionError: when the client is gone
        """
        assert self.response is not None
        if chunk and not self._bodiless:
            self._exchange.got_content(len(chunk))
            self._sent += len(chunk)
            delay = self._limits.delay(self._bandwidth, len(chunk))
            if delay:
                await asyncio.sleep(delay)
            await self.response.write(chunk)

    async def finish(self) -> None:
        """End the response; a body that is shorter than its Content-Length cannot be ended, only cut."""
        assert self.response is not None
        missing = self._declared is not None and self._sent < self._declared
        if missing and not self._bodiless:
            self.cut()
        else:
            await self.response.write_eof()

    def cut(self) -> None:
        """Close the connection without the final chunk; so a client sees that the body is not whole."""
        if self._http.transport is not None:
            self._http.transport.close()

    def _headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        reception = self._exchange.reception
        return [
            ("x-amzn-RequestId", reception.request_id),
            ("x-amz-apigw-id", reception.extended_request_id),
            ("X-Amzn-Trace-Id", reception.trace_id),
            *headers,
        ]
