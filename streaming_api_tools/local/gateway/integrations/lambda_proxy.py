"""Invoke the function of an ``AWS_PROXY`` integration and pass on what it writes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from aiohttp import web

from ....client.lambda_response import LambdaResponseParser, MalformedResponseError, NoDelimiterError
from ...application import LambdaIntegration, TransferMode
from ...functions.concurrency import RATE_EXCEEDED, THROTTLED_STATUS, ThrottledError
from ...functions.invoke_request import MAX_PAYLOAD
from ...functions.pool import FunctionPool
from ...functions.response_pipe import FunctionError, ResponsePipe
from ...http.limits import Limits
from ..request.access_log import AccessLogRecord
from ..request.errors import GatewayError
from ..request.headers import to_client
from ..request.routed_request import RoutedRequest
from .lambda_response import buffered_response
from .response_writer import Failure, ResponseWriter

MAX_EVENT = MAX_PAYLOAD["RequestResponse"]
_FAILURES = (FunctionError, MalformedResponseError, asyncio.TimeoutError)


class LambdaProxy:
    """Serves the routes that a function answers.

    :param pool: runs the functions
    :param log: takes a line for the developer
    :param cut_failed: whether a response whose error is in its trailers is cut. Default: - it ends, as it
        seems to on AWS, whose own test of a runtime counts on it (docs/local.md, live evidence)
    """

    def __init__(
        self, pool: FunctionPool, limits: Limits, log: Callable[[str], None], *, cut_failed: bool = False
    ) -> None:
        self._pool = pool
        self._limits = limits
        self._log = log
        self._cut_failed = cut_failed

    async def serve(
        self,
        request: web.Request,
        routed: RoutedRequest,
        record: AccessLogRecord,
        integration: LambdaIntegration,
    ) -> web.StreamResponse:
        """Answer a request with what the function writes.

        When the client leaves, the function runs on.

        :raises GatewayError: when the event is too large, or the function fails or takes too long, before the
            response has begun
        """
        pipe = self._invoke(routed, record, integration)
        record.record_integration_start(integration.mode, pipe.request_id)
        writer = ResponseWriter(request, record, self._limits)
        timeout, idle = self._limits.timeout(integration.timeout), self._limits.idle(routed.api.endpoint_type)
        streams = integration.mode is TransferMode.STREAM
        copying = _stream(pipe, record, writer, idle) if streams else _buffered(pipe, routed, record, writer)
        try:
            return await writer.run(copying, timeout, self._explaining(integration, pipe), self._log)
        finally:
            pipe.abandon()

    def _explaining(
        self, integration: LambdaIntegration, pipe: ResponsePipe
    ) -> Callable[[Exception], Failure | None]:
        """Return what explains the exceptions of an invocation."""

        def explain(exception: Exception) -> Failure | None:
            if not isinstance(exception, _FAILURES):
                return None
            detail = _describe(exception, integration, pipe)
            error = GatewayError(_kind(exception, integration.mode), detail=detail)
            if not isinstance(exception, FunctionError):
                return Failure(error, type(exception).__name__)
            ends_cleanly = exception.in_trailers and not self._cut_failed
            return Failure(error, exception.kind, ends_cleanly)

        return explain

    def _invoke(
        self, routed: RoutedRequest, record: AccessLogRecord, integration: LambdaIntegration
    ) -> ResponsePipe:
        payload = json.dumps(routed.proxy_event(), ensure_ascii=False).encode("utf-8", "replace")
        if len(payload) > MAX_EVENT:
            detail = f"the event has {len(payload)} bytes; a function takes {MAX_EVENT} at most"
            raise GatewayError("REQUEST_TOO_LARGE", detail=detail)
        try:
            return self._pool.invoke(integration.function, payload, routed.reception.trace_id)
        except ThrottledError as error:
            record.record_integration_start(integration.mode)
            record.integration_error, record.integration_status = RATE_EXCEEDED, THROTTLED_STATUS
            # "If the Lambda API rejects the invocation request, API Gateway returns a 500 error code."
            # https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
            raise GatewayError("INTEGRATION_FAILURE", status=500, detail=str(error)) from error


async def _stream(
    pipe: ResponsePipe, record: AccessLogRecord, writer: ResponseWriter, idle: float | None
) -> web.StreamResponse:
    chunk = await pipe.read(idle)
    parser = LambdaResponseParser()
    body = parser.feed(chunk)
    while parser.metadata is None:
        if not chunk:
            parser.finish()
        chunk = await pipe.read(idle)
        body = parser.feed(chunk)
    record.record_headers()
    headers = to_client(parser.metadata.headers)
    response = await writer.start(parser.metadata.status, headers)
    await writer.write(response, body)
    at_once = writer.at_once(response)
    while chunk := await pipe.read(idle, at_once):
        await writer.write(response, chunk)
    return await writer.finish(response)


async def _buffered(
    pipe: ResponsePipe, routed: RoutedRequest, record: AccessLogRecord, writer: ResponseWriter
) -> web.StreamResponse:
    response = buffered_response(await pipe.whole(), decode_base64=routed.is_binary("Accept"))
    record.record_headers()
    record.first_content_at = time.monotonic()
    return writer.whole(response)


def _kind(failure: Exception, mode: TransferMode) -> str:
    """Return the type of the gateway response."""
    if isinstance(failure, asyncio.TimeoutError):
        return "INTEGRATION_TIMEOUT"
    if isinstance(failure, NoDelimiterError) and mode is TransferMode.STREAM:
        # metadata that is there and malformed is a 502, as was measured; this page has 500 for both
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
        return "API_CONFIGURATION_ERROR"
    return "INTEGRATION_FAILURE"


def _describe(failure: Exception, integration: LambdaIntegration, pipe: ResponsePipe) -> str:
    """Return for the developer what went wrong; no client sees this."""
    name = integration.function.name
    if isinstance(failure, asyncio.TimeoutError):
        return f"{name} sent nothing in time (idle timeout, or integration timeout {integration.timeout:g} s)"
    if isinstance(failure, FunctionError):
        return f"{name} failed with {failure.kind}: {failure.payload.decode('utf-8', 'replace')}"
    if integration.mode is TransferMode.STREAM and pipe.streaming is False:
        return f"{name} is not a streaming function, but its integration is STREAM: {failure}"
    return f"{name} answered in a wrong format: {failure}"
