"""The HTTP server: takes a request through routing and authorization to its integration."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiohttp import web

from ..application import Application, HttpIntegration, LambdaIntegration, MockIntegration
from ..functions.pool import FunctionRunner
from ..limits import Limits
from .authorize import Admission, unsupported
from .authorizers.iam import Access
from .content_coding import decoded
from .hardening import MAX_HEAD, server_logger, well_formed
from .incoming import BodyTooLargeError, read_body, read_head, receive
from .integrations.http_proxy import HttpProxy
from .integrations.lambda_proxy import LambdaProxy
from .integrations.mock import Input
from .integrations.mock import answer as mock_answer
from .integrations.response_writer import Reply
from .lambda_api import LambdaApi
from .request.errors import GatewayError, render_error
from .request.routing import match
from .request.state import Exchange
from .stages import Stages
from .validate import validate


class Gateway:
    """Serves the REST APIs of an application.

    :param runner: runs the functions
    :param http: reaches the servers behind HTTP integrations
    :param log: takes a line for the developer
    :param access_log: takes an access-log line
    """

    def __init__(
        self,
        application: Application,
        runner: FunctionRunner,
        access: Access,
        log: Callable[[str], None],
        access_log: Callable[[str], None],
        limits: Limits,
        http: HttpProxy,
    ) -> None:
        self._application = application
        self._admission = Admission(application, access, limits, runner)
        self.log = log
        self._access_log = access_log
        self.limits = limits
        self._proxy = LambdaProxy(runner, self.limits, log)
        self._http = http
        self._stages = Stages(application)

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answer one request."""
        exchange = Exchange(read_head(http), receive(http), self._application.account)
        try:
            return await self._dispatch(http, exchange)
        except GatewayError as error:
            exchange.error = error
            if error.detail:
                self.log(f"{http.method} {exchange.request.path}: {error.status}: {error.detail}")
            responses = exchange.api.gateway_responses if exchange.api else {}
            answer = render_error(error, responses, exchange.context(), exchange.value)
            return Reply(http, exchange, self.limits).whole(answer)
        finally:
            line = exchange.log_line(time.monotonic())
            if line is not None:
                self._access_log(line)

    async def _dispatch(self, http: web.Request, exchange: Exchange) -> web.StreamResponse:
        self._route(exchange)
        await self._read_body(http, exchange)
        await self._admission.admit(exchange)
        # not before, as clients sign what they send
        exchange.request = decoded(exchange.request, self.limits.request_bytes)
        await validate(exchange)
        assert exchange.match is not None
        integration = exchange.match.route.integration
        if isinstance(integration, LambdaIntegration):
            return await self._proxy.serve(http, exchange, integration)
        if isinstance(integration, HttpIntegration):
            return await self._http.serve(http, exchange, integration)
        if isinstance(integration, MockIntegration):
            assert exchange.stage is not None
            given = Input(exchange.match.path_parameters, exchange.stage.variables, exchange.context())
            answer = mock_answer(integration, exchange.request, given)
            return Reply(http, exchange, self.limits).whole(answer)
        raise unsupported(integration.reason)

    def _route(self, exchange: Exchange) -> None:
        """Find stage and route; the path below the stage is matched as it was sent."""
        exchange.api, exchange.stage, exchange.request, path = self._stages.find(exchange.request)
        found = match(exchange.api.routes, exchange.request.method, path)
        if found is None:
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN", detail="no such method or resource")
        exchange.match = found

    async def _read_body(self, http: web.Request, exchange: Exchange) -> None:
        try:
            body = await read_body(http, self.limits.request_bytes, self.limits.request_seconds)
        except BodyTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None
        except web.HTTPRequestTimeout as refusal:
            exchange.status = refusal.status
            raise
        exchange.request = exchange.request.with_body(body)


async def listen(gateway: Gateway, lambda_api: LambdaApi, host: str, port: int) -> web.AppRunner:
    """Start to accept connections; ``addresses`` of what is returned has the port, ``cleanup`` ends it."""
    app = web.Application(middlewares=[well_formed])
    lambda_api.add_to(app.router)
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    app.on_response_prepare.append(_finish_headers)
    runner = web.AppRunner(
        app,
        handle_signals=False,
        access_log=None,
        shutdown_timeout=0.1,
        logger=server_logger(gateway.log),
        # of the first request of a connection as well, since aiohttp 3.14.4
        keepalive_timeout=gateway.limits.request_seconds,
        auto_decompress=False,
        # of a single line, with its name: no less than what is allowed together
        max_line_size=2 * MAX_HEAD,
        max_field_size=2 * MAX_HEAD,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=1024).start()
    return runner


async def _finish_headers(http: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
    if "Upgrade" in http.headers:
        # the server reads no further request from a connection on which one was asked for
        response.force_close()
        response.headers["Connection"] = "close"
