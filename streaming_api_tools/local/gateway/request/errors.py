"""Render the errors that API Gateway answers itself, customized by the gateway responses of an API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...application import GatewayResponse
from .context_variables import NO_VALUE, variables

# A failed Lambda function is 502, not the 504 of INTEGRATION_FAILURE ("Output format of a Lambda function"):
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
#: type -> (status, message, the exception that x-amzn-ErrorType names)
TYPES = {
    "ACCESS_DENIED": (403, "Forbidden", "ForbiddenException"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error", "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error", "AuthorizerConfigurationException"),
    "BAD_REQUEST_BODY": (400, "Invalid request body", "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters", "BadRequestException"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded", "LimitExceededException"),
    "THROTTLED": (429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": (401, "Unauthorized", "UnauthorizedException"),
    "EXPIRED_TOKEN": (403, "The security token included in the request is expired", "ExpiredTokenException"),
    "INTEGRATION_FAILURE": (502, "Internal server error", "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out", "InternalServerErrorException"),
    "INVALID_API_KEY": (403, "Forbidden", "ForbiddenException"),
    "INVALID_SIGNATURE": (403, "Forbidden", "InvalidSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": (
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
    ),
    "REQUEST_TOO_LARGE": (413, "Request Too Long", "RequestTooLargeException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type", "UnsupportedMediaTypeException"),
}
#: A template "can access $context variable values and $stageVariables property values, as well as method
#: request parameters" (the second page above).
VARIABLE = re.compile(
    r"\$(?P<brace>\{)?(?P<name>context(?:\.\w+)+|stageVariables\.\w+|"
    r"method\.request\.(?:header|querystring|path)\.[\w-]+)(?(brace)\})"
)
DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
#: "Customizing the default gateway response for 413 REQUEST_TOO_LARGE isn't currently supported."
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
NOT_CUSTOMIZABLE = frozenset({"REQUEST_TOO_LARGE"})


class GatewayError(Exception):
    """Raised when API Gateway answers a request itself.

    :param kind: a key of TYPES
    :param message: what the client is told. Default: - what the table says
    :param exception: the exception that ``x-amzn-ErrorType`` names. Default: - what the table says
    :param status: what the client gets. Default: - what the table says
    :param validation: what is wrong with a body, for ``$context.error.validationErrorString``
    :param detail: what the developer is told. Default: - the former
    """

    def __init__(
        self,
        kind: str,
        message: str | None = None,
        *,
        exception: str | None = None,
        status: int | None = None,
        validation: str | None = None,
        detail: str | None = None,
    ) -> None:
        default_status, default_message, default_exception = TYPES[kind]
        self.kind = kind
        self.status = status or default_status
        self.message = message or default_message
        self.exception = exception or default_exception
        self.validation = validation
        self.detail = detail or validation
        super().__init__(self.message)


@dataclass(frozen=True)
class HttpResponse:
    """A whole HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def render_error(
    error: GatewayError,
    responses: Mapping[str, GatewayResponse],
    context: Mapping[str, object],
    value: Callable[[str], str | None],
) -> HttpResponse:
    """Return the response for an error, as the gateway responses of the API have it.

    :param context: what the ``$context`` variables refer to
    :param value: gives the value of an expression such as ``method.request.header.Origin``
    """
    fallback = "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
    custom = GatewayResponse()
    if error.kind not in NOT_CUSTOMIZABLE:
        custom = responses.get(error.kind) or responses.get(fallback) or custom
    known = variables({**context, "error": error_context(error)})

    def text_of(found: re.Match[str]) -> str:
        place, _, name = found["name"].partition(".")
        return (known.get(name) if place == "context" else value(found["name"])) or NO_VALUE

    body = VARIABLE.sub(text_of, custom.templates.get("application/json", DEFAULT_TEMPLATE))
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.exception}
    for name, expression in custom.parameters.items():
        text = value(expression)
        if name.startswith("gatewayresponse.header.") and text is not None:
            headers[name.removeprefix("gatewayresponse.header.")] = text
    return HttpResponse(custom.status or error.status, tuple(headers.items()), body.encode())


def error_context(error: GatewayError) -> dict[str, str | None]:
    """Return ``$context.error`` for templates and access logs."""
    return {
        "message": error.message,
        "messageString": json.dumps(error.message),
        "responseType": error.kind,
        "validationErrorString": error.validation,
    }
