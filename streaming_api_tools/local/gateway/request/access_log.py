"""Record the times and statuses of one request, and write its access-log line.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ...application import TransferMode
from .context_variables import render_log_line, variables
from .errors import GatewayError, error_context
from .routed_request import ReceivedRequest

#: ``$context.integration.integrationStatus``: what the Lambda service answered, not what the function did.
LAMBDA_STATUS = 200


@dataclass
class AccessLogRecord:
    """The times and statuses of one request; times are readings of the monotonic clock.

    :param request: as much as is known of it
    :param function_request_id: the id of the invocation, when the integration is a function
    :param response_length: bytes of the body that were sent
    """

    request: ReceivedRequest
    mode: TransferMode | None = None
    error: GatewayError | None = None
    integration_error: str | None = None
    function_request_id: str | None = None
    authorizer_request_id: str | None = None
    checks: dict[str, dict[str, object]] = field(default_factory=dict)
    integration_status: int | None = None
    status: int = 0
    response_length: int = 0
    received_at: float = field(default_factory=time.monotonic)
    integration_at: float | None = None
    headers_at: float | None = None
    first_content_at: float | None = None
    integration_done_at: float | None = None

    def record_check(self, kind: str, began: float, error: GatewayError | None) -> None:
        """Record how a check of the caller went.

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

    def record_integration_start(self, mode: TransferMode, request_id: str | None = None) -> None:
        """Record that the integration gets the request.

        :param request_id: of the invocation, when the integration is a function
        """
        self.mode = mode
        self.function_request_id = request_id
        self.integration_status = LAMBDA_STATUS if request_id else None
        self.integration_at = time.monotonic()

    def record_headers(self, upstream_status: int | None = None) -> None:
        """Record that status and headers are known; a server's status is that of the integration as well."""
        self.integration_status = upstream_status or self.integration_status
        self.headers_at = time.monotonic()

    def line(self) -> str | None:
        """Return the line in the format of the stage, None when the stage has no access log."""
        text = self.request.access_log_format
        return None if text is None else render_log_line(text, variables(self._context()))

    def _context(self) -> dict[str, object]:
        context = self.request.context()
        context["endpointType"] = self.request.endpoint_type
        context["status"] = self.status
        context["responseLength"] = self.response_length
        context["responseLatency"] = int((time.monotonic() - self.received_at) * 1000)
        context["xrayTraceId"] = self.request.reception.trace_id
        for kind, check in self.checks.items():
            returned = context.get(kind)
            context[kind] = {**(returned if isinstance(returned, dict) else {}), **check}
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
                # documented as STREAMED; a log of live AWS has STREAM (docs/local.md, live evidence)
                "responseTransferMode": self.mode.value,
                "status": self.status if self.headers_at is not None else None,
                "timeToAllHeaders": self._since_integration(self.headers_at),
                "timeToFirstContent": self._since_integration(self.first_content_at),
            }
        return context

    def _since_integration(self, at: float | None) -> int | None:
        if at is None or self.integration_at is None:
            return None
        return int((at - self.integration_at) * 1000)
