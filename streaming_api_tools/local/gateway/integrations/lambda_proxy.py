"""``AWS_PROXY``: invokes the function of a route and passes on what it writes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from ...application import LambdaIntegration, TransferMode
from ...functions.invoke_request import MAX_PAYLOAD
from ...functions.pool import FunctionRunner
from ...functions.response_pipe import FunctionError, Output
from ...limits import Limits
from ..request.errors import GatewayError
from ..request.headers import to_client
from ..request.proxy_event import is_binary, proxy_event
from ..request.state import Exchange
from .lambda_buffered import buffered_answer, with_content_type
from .lambda_response import HttpStreamParser, MalformedResponseError
from .response_writer import Reply
from .run import Failure, deliver

MAX_EVENT = MAX_PAYLOAD["RequestResponse"]
_FAILURES = (FunctionError, MalformedResponseError, asyncio.TimeoutError)


class LambdaProxy:
    """Serves the routes that a function answers.

    :param runner: runs the functions
    :param log: takes a line for the developer
    """

    def __init__(self, runner: FunctionRunner, limits: Limits, log: Callable[[str], None]) -> None:
        self._runner = runner
        self._limits = limits
        self._log = log

    async def serve(
        self, http: web.Request, exchange: Exchange, integration: LambdaIntegration
    ) -> web.StreamResponse:
        """Answer a request with what the function writes.

        When the client leaves, the function runs on.

        :raises GatewayError: when the event is too large, or the function fails or takes too long, before the
            response has begun
        """
        reply = Reply(http, exchange, self._limits)
        output = self._invoke(exchange, integration)
        exchange.begin_integration(integration.mode, output.request_id)
        copy = self._stream if integration.mode is TransferMode.STREAM else self._buffered
        try:
            return await deliver(
                copy(output, exchange, reply),
                self._limits.timeout(integration.timeout),
                exchange,
                reply,
                lambda exception: _explain(exception, integration, output),
                self._log,
            )
        finally:
            output.abandon()

    def _invoke(self, exchange: Exchange, integration: LambdaIntegration) -> Output:
        assert exchange.api is not None
        assert exchange.stage is not None
        assert exchange.match is not None
        event = proxy_event(
            exchange.request,
            exchange.api,
            exchange.stage,
            exchange.match,
            exchange.context(),
            exchange.reception.trace_id,
        )
        payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        if len(payload) > MAX_EVENT:
            detail = f"the event has {len(payload)} bytes; a function takes {MAX_EVENT} at most"
            raise GatewayError("REQUEST_TOO_LARGE", detail=detail)
        return self._runner.invoke(integration.function, payload, exchange.reception.trace_id)

    async def _stream(self, output: Output, exchange: Exchange, reply: Reply) -> web.StreamResponse:
        assert exchange.api is not None
        idle = self._limits.idle(exchange.api.endpoint_type)
        parser = HttpStreamParser()
        body = b""
        while parser.prelude is None:
            chunk = await output.read(idle)
            if not chunk:
                parser.finish()
            body = parser.feed(chunk)
        exchange.got_headers()
        await reply.start(parser.prelude.status, with_content_type(to_client(parser.prelude.headers)))
        await reply.write(body)
        while chunk := await output.read(idle):
            await reply.write(chunk)
        await reply.finish()
        assert reply.response is not None
        return reply.response

    async def _buffered(self, output: Output, exchange: Exchange, reply: Reply) -> web.StreamResponse:
        assert exchange.api is not None
        payload = await output.whole()
        accepted = (exchange.request.header("Accept") or "").split(",", 1)[0]
        binary = is_binary(accepted, exchange.api.binary_media_types)
        answer = buffered_answer(payload, decode_base64=binary)
        exchange.got_headers()
        exchange.got_content(len(answer.body))
        return reply.whole(answer)


def _explain(exception: Exception, integration: LambdaIntegration, output: Output) -> Failure | None:
    if not isinstance(exception, _FAILURES):
        return None
    name = exception.kind if isinstance(exception, FunctionError) else type(exception).__name__
    detail = _describe(exception, integration, output)
    return Failure(GatewayError(_kind(exception, integration.mode), detail=detail), name)


def _kind(failure: Exception, mode: TransferMode) -> str:
    """Return the type of the gateway response."""
    if isinstance(failure, asyncio.TimeoutError):
        return "INTEGRATION_TIMEOUT"
    if isinstance(failure, MalformedResponseError) and mode is TransferMode.STREAM:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
        return "API_CONFIGURATION_ERROR"
    return "INTEGRATION_FAILURE"


def _describe(failure: Exception, integration: LambdaIntegration, output: Output) -> str:
    """Say for the developer what went wrong; no client sees this."""
    name = integration.function.name
    if isinstance(failure, asyncio.TimeoutError):
        return f"{name} sent nothing in time (idle timeout, or integration timeout {integration.timeout:g} s)"
    if isinstance(failure, FunctionError):
        return f"{name} failed with {failure.kind}: {failure.payload.decode('utf-8', 'replace')}"
    if integration.mode is TransferMode.STREAM and output.streaming is False:
        return f"{name} is not a streaming function, but its integration is STREAM: {failure}"
    return f"{name} answered in a wrong format: {failure}"
