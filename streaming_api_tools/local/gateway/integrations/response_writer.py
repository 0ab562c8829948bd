"""Write the response to a client while its parts become known: time limit, failures and end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass

from aiohttp import web

from ...http.limits import Limits
from ..request.access_log import AccessLogRecord
from ..request.errors import GatewayError, HttpResponse

#: RFC 9110, sections 15.3.5 and 15.4.5: these statuses have no body, whatever the integration sends.
WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True)
class Failure:
    """A failure of an integration.

    :param error: what API Gateway answers when the response has not begun; its detail is for the developer
    :param name: what the access log has as the error of the integration
    :param ends_cleanly: whether a response that has begun ends as if it were whole
    """

    error: GatewayError
    name: str
    ends_cleanly: bool = False


class ResponseWriter:
    """Writes one response, and records what it wrote.

    :param limits: how fast a streamed response may be
    """

    def __init__(self, request: web.Request, record: AccessLogRecord, limits: Limits) -> None:
        self._limits = limits
        self._bandwidth = limits.bandwidth(limits.gateway_rate)
        self._request = request
        self._record = record
        self._declared: int | None = None
        self._bodiless = request.method == "HEAD"
        self._response: web.StreamResponse | None = None

    async def run(
        self,
        integration: Coroutine[None, None, web.StreamResponse],
        timeout: float | None,
        explain: Callable[[Exception], Failure | None],
        log: Callable[[str], None],
    ) -> web.StreamResponse:
        """Return the response that an integration makes with this writer.

        After the first byte a failure can only cut the connection, or end the response as if it were whole.

        :param timeout: of the integration, in seconds; None for no limit
        :param explain: returns what an exception means; None when it is not a failure of the integration
        :raises GatewayError: when the integration fails, or takes too long, before the response has begun
        """
        path = self._record.request.http.path
        try:
            return await asyncio.wait_for(integration, timeout)
        except Exception as exception:
            failure = explain(exception)
            if failure is not None:
                self._record.integration_error = failure.name
                if self._response is None:
                    raise failure.error from exception
                if failure.ends_cleanly:
                    log(f"{path}: the response ended, and nothing tells the client: {failure.error.detail}")
                    return await self.finish(self._response)
                log(f"{path}: the response was cut: {failure.error.detail}")
                self._cut()
                return self._response
            if not isinstance(exception, ConnectionError):
                raise
            log(f"{path}: the client disconnected")
            return self._response or web.Response(status=self._record.status or 499)
        finally:
            self._record.integration_done_at = time.monotonic()

    def whole(self, response: HttpResponse) -> web.StreamResponse:
        """Return a response whose body is known."""
        self._record.status = response.status
        self._record.response_length = len(response.body)
        fields = [(n, v) for n, v in response.headers if n.lower() != "content-length"]
        return web.Response(status=response.status, body=response.body, headers=self._headers(fields))

    async def start(self, status: int, headers: Iterable[tuple[str, str]]) -> web.StreamResponse:
        """Send status and headers at once, without waiting for a body."""
        self._record.status = status
        self._bodiless = self._bodiless or status in WITHOUT_BODY
        self._response = response = web.StreamResponse(status=status, headers=self._headers(headers))
        self._declared = response.content_length
        await response.prepare(self._request)
        return response

    async def write(self, response: web.StreamResponse, chunk: bytes) -> None:
        """Send a chunk; waits while the client is too far behind, or the bandwidth is used up.

        Nothing is sent after a status without a body: a client would take it for the next response.

        :raises ConnectionError: when the client is gone
        """
        if chunk and not self._bodiless:
            self._count(chunk)
            if self._bandwidth is not None and not self._bandwidth.passes(len(chunk)):
                await asyncio.sleep(self._limits.delay(self._bandwidth, len(chunk)))
            await response.write(chunk)

    def at_once(self, response: web.StreamResponse) -> Callable[[bytes], bool] | None:
        """Return what sends a chunk without waiting, and tells whether it could; None for other framings.

        It sends the bytes that ``write`` would send, a turn of the event loop earlier, to a client that
        has got all before them.
        """
        transport = self._request.transport
        framing = response.headers.getall("Transfer-Encoding", [])
        if transport is None or self._bodiless or framing != ["chunked"]:
            return None

        def send(chunk: bytes) -> bool:
            if transport.is_closing() or transport.get_write_buffer_size():
                return False
            if self._bandwidth is not None and not self._bandwidth.passes(len(chunk)):
                return False
            self._count(chunk)
            transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            return True

        return send

    def _count(self, chunk: bytes) -> None:
        if not self._record.response_length:
            self._record.first_content_at = time.monotonic()
        self._record.response_length += len(chunk)

    async def finish(self, response: web.StreamResponse) -> web.StreamResponse:
        """End the response; a body that is shorter than its Content-Length cannot be ended, only cut."""
        missing = self._declared is not None and self._record.response_length < self._declared
        if missing and not self._bodiless:
            self._cut()
        else:
            await response.write_eof()
        return response

    def _cut(self) -> None:
        """Close the connection without the final chunk; so a client sees that the body is not whole."""
        if self._request.transport is not None:
            self._request.transport.close()

    def _headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        reception = self._record.request.reception
        of_gateway = reception.extended_request_id
        return [
            ("x-amzn-RequestId", reception.request_id),
            *([("x-amz-apigw-id", of_gateway)] if of_gateway else []),
            ("X-Amzn-Trace-Id", reception.trace_id),
            *headers,
        ]


async def finish_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Drop the header that names aiohttp, and close connections that no further request is read from."""
    response.headers.popall("Server", None)
    if "Upgrade" in request.headers:
        # the server reads no further request from a connection on which one was asked for
        response.force_close()
        response.headers["Connection"] = "close"
