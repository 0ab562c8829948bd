"""Serve REST APIs over HTTP: take a request through routing and authorization to its integration."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from streaming_api_templates.template.partitions import partition_of, url_suffix

from ... import initiator
from ...initiator import Initiator
from ..application import Application, HttpIntegration, LambdaIntegration, MockIntegration
from ..functions.pool import FunctionPool
from ..http.limits import Limits
from ..http.own_urls import OwnUrls
from .authorize import Authorization, unsupported
from .authorizers.iam import Access
from .function_urls import FunctionUrls
from .guard import MAX_HEAD, Guard
from .hardening import server_logger
from .integrations.http_proxy import HttpProxy
from .integrations.lambda_proxy import LambdaProxy
from .integrations.mock import mock_response
from .integrations.response_writer import ResponseWriter, finish_headers
from .lambda_api import LambdaApi
from .request.access_log import AccessLogRecord
from .request.errors import GatewayError, HttpResponse, render_error
from .request.incoming import BodyTooLargeError, decompress, read_body, read_head, receive
from .request.routed_request import ReceivedRequest, RoutedRequest
from .request.routing import Router
from .two_protocol_site import TwoProtocolSite
from .validate import validate


class Gateway:
    """Serves the REST APIs of an application.

    :param pool: runs the functions of authorizers
    :param lambda_proxy: invokes the functions behind Lambda integrations
    :param http_proxy: reaches the servers behind HTTP integrations
    :param guard: refuses requests of pages of others
    :param own_urls: puts URLs of this machine into answers of API Gateway
    :param log: takes a line for the developer
    :param access_log: takes an access-log line
    """

    def __init__(
        self,
        application: Application,
        pool: FunctionPool,
        access: Access,
        log: Callable[[str], None],
        access_log: Callable[[str], None],
        limits: Limits,
        lambda_proxy: LambdaProxy,
        http_proxy: HttpProxy,
        guard: Guard,
        own_urls: OwnUrls,
    ) -> None:
        self._account, self._region = application.account, application.region
        self._authorization = Authorization(application, access, limits, pool)
        self.log = log
        self._access_log = access_log
        self.limits = limits
        self._lambda_proxy = lambda_proxy
        self._http_proxy = http_proxy
        self._router = Router(application)
        self.guard = guard
        self._own_urls = own_urls

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        reception = receive(request.headers.get("X-Amzn-Trace-Id"))
        record = AccessLogRecord(ReceivedRequest(read_head(request), reception, self._account))
        try:
            return await self._respond(request, record)
        except GatewayError as error:
            record.error = error
            known = record.request
            if error.detail:
                self.log(f"{known.http.method} {known.http.path}: {error.status}: {error.detail}")
            response = render_error(error, known.gateway_responses, known.context(), known.value)
            return ResponseWriter(request, record, self.limits).whole(self._here(response))
        finally:
            line = record.line()
            if line is not None:
                self._access_log(line)

    async def _respond(self, request: web.Request, record: AccessLogRecord) -> web.StreamResponse:
        record.request = at_stage = self._router.find_stage(record.request)
        record.request = routed = self._router.find_method(at_stage)
        if any(name in request.headers for name in initiator.HEADERS):
            self._refuse_page(request, routed)
        body = await self._read_body(request, record)
        routed = replace(routed, http=replace(routed.http, body=body))
        routed = await self._authorization.authorize(routed, record)
        if coding := request.headers.getall("Content-Encoding", [""])[-1]:
            # not before, as clients sign what they send
            routed = replace(routed, http=decompress(routed.http, coding, self.limits.request_bytes))
        record.request = routed
        await validate(routed)
        integration = routed.route.integration
        if isinstance(integration, LambdaIntegration):
            return await self._lambda_proxy.serve(request, routed, record, integration)
        if isinstance(integration, HttpIntegration):
            return await self._http_proxy.serve(request, routed, record, integration)
        if isinstance(integration, MockIntegration):
            response = self._here(mock_response(integration, routed))
            return ResponseWriter(request, record, self.limits).whole(response)
        raise unsupported(integration.reason)

    def learn_urls(self, root: str) -> None:
        """Take the URL of the gateway, under which the stages are that a template names by their URLs."""
        suffix = url_suffix(partition_of(self._region))
        self._own_urls.learn(
            (f"https://{api.id}.execute-api.{self._region}.{suffix}/{stage.name}", here)
            for api, stage, here in self._router.urls(root)
        )

    def _here(self, response: HttpResponse) -> HttpResponse:
        """Return a response of API Gateway's own with the URLs of this machine."""
        put_in = self._own_urls.put_in
        headers = tuple((name, put_in(value)) for name, value in response.headers)
        return replace(response, headers=headers, body=put_in(response.body.decode()).encode())

    def _refuse_page(self, request: web.Request, routed: RoutedRequest) -> None:
        """Refuse a request of a page of another site, or its preflight, where nothing authorizes it."""
        route = routed.route
        wanted = request.headers.get("Access-Control-Request-Method")
        if wanted and routed.http.method == "OPTIONS":
            with suppress(GatewayError):
                route = self._router.find_method(
                    replace(routed, http=replace(routed.http, method=wanted))
                ).route
        if self._authorization.is_open(route) and (
            reason := self.guard.refused_page(request.headers, Initiator.SAME_SITE)
        ):
            raise GatewayError("ACCESS_DENIED", reason, detail=reason)

    async def _read_body(self, request: web.Request, record: AccessLogRecord) -> bytes:
        try:
            return await read_body(request, self.limits.request_bytes, self.limits.request_seconds)
        except BodyTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None
        except web.HTTPRequestTimeout as refusal:
            record.status = refusal.status
            raise


def _guarded(guard: Guard) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        return guard.refusal(request) or await handler(request)

    return guarded


async def listen(
    gateway: Gateway, lambda_api: LambdaApi, urls: FunctionUrls, host: str, port: int
) -> web.AppRunner:
    """Start to accept connections; ``addresses`` of what is returned has the port, ``cleanup`` ends it."""
    app = web.Application(middlewares=[_guarded(gateway.guard)])
    lambda_api.add_to(app.router)
    app.router.add_route("*", "/{path:.*}", urls.before(gateway.handle))
    app.on_response_prepare.append(finish_headers)
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
    await TwoProtocolSite(runner, host, port, gateway.limits).start()
    return runner
