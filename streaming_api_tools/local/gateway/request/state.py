"""One request on its way through the gateway: what becomes known about it, until its access-log line."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ...application import Api, Stage, TransferMode
from .context_variables import render_log_line, variables
from .errors import GatewayError, error_context
from .parameter_mapping import mapped_value
from .proxy_event import HttpRequest, Identity, Reception, request_context
from .routing import Match

#: ``$context.integration.integrationStatus``: what the Lambda service answered, not what the function did.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
LAMBDA_STATUS = 200
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
MODE_IN_LOG = {TransferMode.BUFFERED: "BUFFERED", TransferMode.STREAM: "STREAMED"}


@dataclass
class Exchange:
    """The state of one request; times are readings of the monotonic clock."""

    request: HttpRequest
    reception: Reception
    account: str
    api: Api | None = None
    stage: Stage | None = None
    match: Match | None = None
    identity: Identity | None = None
    mode: TransferMode | None = None
    error: GatewayError | None = None
    integration_error: str | None = None
    function_request_id: str | None = None
    checks: dict[str, dict[str, object]] = field(default_factory=dict)
    authorizer_request_id: str | None = None
    integration_status: int | None = None
    status: int = 0
    response_length: int = 0
    received_at: float = field(default_factory=time.monotonic)
    integration_at: float | None = None
    headers_at: float | None = None
    first_content_at: float | None = None
    integration_done_at: float | None = None

    def context(self) -> dict[str, object]:
        """Return what is known now, as ``requestContext``."""
        return request_context(
            self.request, self.reception, self.api, self.stage, self.match, self.identity, self.account
        )

    def value(self, expression: str) -> str | None:
        """Return what an expression such as ``method.request.header.Origin`` stands for."""
        path = self.match.path_parameters if self.match else {}
        variables_of_stage = self.stage.variables if self.stage else {}
        return mapped_value(expression, self.request, path, variables_of_stage, self.context())

    def checked(self, kind: str, began: float, error: GatewayError | None) -> None:
        """Note how a check of the caller went, as the access log has it.

        :param kind: ``authenticate``, ``authorize`` or ``authorizer``
        :param began: a reading of the monotonic clock
        """
        latency = int((time.monotonic() - began) * 1000)
        noted = {"latency": latency, "status": error.status if error else LAMBDA_STATUS}
        self.checks[kind] = {**noted, "error": error.message if error else None}
        if kind == "authorizer" and self.authorizer_request_id is not None:
            failed = error is not None and error.status >= 500
            self.checks[kind] |= {
                "integrationLatency": latency,
                "integrationStatus": error.status if error and failed else LAMBDA_STATUS,
                "requestId": self.authorizer_request_id,
            }

    def begin_integration(self, mode: TransferMode, request_id: str | None = None) -> None:
        """Note that the integration gets the request, and the id of the invocation if it is a function."""
        self.mode = mode
        self.function_request_id = request_id
        self.integration_status = LAMBDA_STATUS if request_id else None
        self.integration_at = time.monotonic()

    def got_headers(self, upstream_status: int | None = None) -> None:
        """Note that status and headers are known; a server's status is that of the integration as well."""
        self.integration_status = upstream_status or self.integration_status
        self.headers_at = time.monotonic()

    def got_content(self, size: int) -> None:
        """Note that bytes of the body came."""
        if self.first_content_at is None:
            self.first_content_at = time.monotonic()
        self.response_length += size

    def end_integration(self) -> None:
        """Note that the function is done, or given up."""
        self.integration_done_at = time.monotonic()

    def log_line(self, now: float) -> str | None:
        """Return the access-log line in the format of the stage, None when the stage has no access log.

        :param now: a reading of the monotonic clock
        """
        if self.stage is None or self.stage.access_log_format is None:
            return None
        context = self.context()
        context["endpointType"] = self.api.endpoint_type if self.api else None
        context["status"] = self.status
        context["responseLength"] = self.response_length
        context["responseLatency"] = int((now - self.received_at) * 1000)
        context["xrayTraceId"] = self.reception.trace_id
        for kind, check in self.checks.items():
            said = context.get(kind)
            context[kind] = {**(said if isinstance(said, dict) else {}), **check}
        if self.error:
            context["error"] = error_context(self.error)
        if self.mode is not None:
            latency = self._since_integration(self.integration_done_at)
            context["integrationErrorMessage"] = self.integration_error
            context["integrationLatency"] = latency
            context["integrationStatus"] = self.integration_status
            context["awsEndpointRequestId"] = self.function_request_id
            context["integration"] = {
                "error": self.integration_error,
                "integrationStatus": self.integration_status,
                "latency": latency,
                "requestId": self.function_request_id,
                "responseTransferMode": MODE_IN_LOG[self.mode],
                "status": self.status if self.headers_at is not None else None,
                "timeToAllHeaders": self._since_integration(self.headers_at),
                "timeToFirstContent": self._since_integration(self.first_content_at),
            }
        return render_log_line(self.stage.access_log_format, variables(context))

    def _since_integration(self, at: float | None) -> int | None:
        if at is None or self.integration_at is None:
            return None
        return int((at - self.integration_at) * 1000)
