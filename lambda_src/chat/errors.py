"""Map failures of Bedrock and of the connection to it to errors for the client.

A row names an error code of Bedrock or the qualified name of an exception class. Before the first byte the
client gets the row's status and headers; after it, the same type, code and message in the stream's last
event.
"""

from __future__ import annotations

import re

from lambda_streaming import DeadlineExceeded, HTTPError

# The official SDKs of OpenAI and Anthropic ask again for these and from 500 on, and obey the headers below.
_ASKED_AGAIN = {408, 409, 429}
_LATER = {"retry-after": "1"}
_NOT_AGAIN = {"x-should-retry": "false"}
_AS_USUAL: dict[str, str] = {}


class ErrorRow:
    """A row of the table: what a client gets for an error of Bedrock."""

    __slots__ = ("code", "headers", "message", "status", "type")

    def __init__(
        self, status: int, type: str, code: str, message: str, headers: dict[str, str] = _AS_USUAL
    ) -> None:
        self.status = status
        self.type = type
        self.code = code
        self.message = message
        self.headers = headers

    @property
    def retryable(self) -> bool:
        """True when the official SDKs retry by themselves, before the first byte."""
        return (self.status in _ASKED_AGAIN or self.status >= 500) and self.headers != _NOT_AGAIN


_THROTTLED = "the model is throttled; try again later"
_UNAVAILABLE = "the model is not available at the moment; try again later"
_INTERNAL = "the model service failed; try again"
_MODEL = "the model failed while it processed the request"
_TIMEOUT = "the model took too long"
_NO_ACCESS = "this API has no access to the model"
_NOT_FOUND = "the model does not exist or cannot be used"
_INVALID = "the model refused the request"
_BROKEN = "the connection to the model broke off; send the whole request again"
_TOO_LARGE = "the request is larger than the model service takes"
_CREDENTIALS = "this API could not authenticate with the model service"

UNKNOWN = ErrorRow(502, "api_error", "upstream_error", _INTERNAL)
TRUNCATED = ErrorRow(502, "api_error", "stream_truncated", _BROKEN)
# The whole answer is paid for by then, and the same request would often end the same way.
MALFORMED = ErrorRow(
    502, "api_error", "malformed_output", "the model produced output that cannot be used", _NOT_AGAIN
)
# A bug of the function's own.
UNFINISHED = ErrorRow(500, "api_error", "internal_error", "the response could not be completed", _NOT_AGAIN)
CONTEXT_LENGTH = ErrorRow(400, "invalid_request_error", "context_length_exceeded", _INVALID)
MODEL_REFUSED = ErrorRow(400, "invalid_request_error", "model_error", _INVALID)

# Bedrock's error codes: "Amazon Bedrock Runtime API Reference", Converse and InvokeModel errors, and
# botocore's service model.
BEDROCK: dict[str, ErrorRow] = {
    "ValidationException": ErrorRow(400, "invalid_request_error", "validation_error", _INVALID),
    "ResourceNotFoundException": ErrorRow(404, "not_found_error", "model_not_found", _NOT_FOUND),
    "AccessDeniedException": ErrorRow(403, "permission_error", "model_access_denied", _NO_ACCESS),
    "FTUFormNotFilled": ErrorRow(403, "permission_error", "model_access_denied", _NO_ACCESS),
    "ThrottlingException": ErrorRow(429, "rate_limit_error", "throttled", _THROTTLED, _LATER),
    "ServiceQuotaExceededException": ErrorRow(
        429, "rate_limit_error", "quota_exceeded", _THROTTLED, _NOT_AGAIN
    ),
    "ModelNotReadyException": ErrorRow(503, "overloaded_error", "model_not_ready", _UNAVAILABLE, _LATER),
    "ServiceUnavailableException": ErrorRow(
        503, "overloaded_error", "service_unavailable", _UNAVAILABLE, _LATER
    ),
    "InternalServerException": ErrorRow(500, "api_error", "upstream_internal", _INTERNAL),
    "InternalFailure": ErrorRow(500, "api_error", "upstream_internal", _INTERNAL),
    "ModelTimeoutException": ErrorRow(504, "timeout_error", "model_timeout", _TIMEOUT, _NOT_AGAIN),
    "ModelErrorException": ErrorRow(502, "api_error", "model_error", _MODEL),
    "ModelStreamErrorException": ErrorRow(502, "api_error", "model_stream_error", _MODEL),
    "ConflictException": ErrorRow(409, "conflict_error", "conflict", _INVALID),
    # Common errors of AWS services: our own credentials, so the caller can do nothing.
    "UnrecognizedClientException": ErrorRow(500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN),
    "InvalidSignatureException": ErrorRow(500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN),
    "IncompleteSignature": ErrorRow(500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN),
    "ExpiredTokenException": ErrorRow(500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN),
    # Inside the event stream botocore gives the member's name, which is in lower camel case.
    "throttlingException": ErrorRow(429, "rate_limit_error", "throttlingException", _THROTTLED, _LATER),
    "serviceUnavailableException": ErrorRow(
        503, "overloaded_error", "serviceUnavailableException", _UNAVAILABLE, _LATER
    ),
    "internalServerException": ErrorRow(500, "api_error", "internalServerException", _INTERNAL),
    "modelStreamErrorException": ErrorRow(502, "api_error", "modelStreamErrorException", _MODEL),
    "modelTimeoutException": ErrorRow(504, "timeout_error", "modelTimeoutException", _TIMEOUT, _NOT_AGAIN),
    "validationException": ErrorRow(400, "invalid_request_error", "validationException", _INVALID),
}

# For a code that is newer than the table above, and for an intermediary's answer, which has none.
STATUSES: dict[int, ErrorRow] = {
    400: BEDROCK["ValidationException"],
    403: BEDROCK["AccessDeniedException"],
    404: BEDROCK["ResourceNotFoundException"],
    408: BEDROCK["ModelTimeoutException"],
    413: ErrorRow(413, "invalid_request_error", "request_too_large", _TOO_LARGE),
    429: BEDROCK["ThrottlingException"],
    500: BEDROCK["InternalServerException"],
    503: BEDROCK["ServiceUnavailableException"],
}

# What botocore and urllib3 raise for the way to Bedrock. The first class of the exception's MRO that has a
# row counts.
TRANSPORT: dict[str, ErrorRow] = {
    "botocore.exceptions.ParamValidationError": ErrorRow(
        400, "invalid_request_error", "validation_error", _INVALID
    ),
    "botocore.exceptions.NoCredentialsError": ErrorRow(
        500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN
    ),
    "botocore.exceptions.PartialCredentialsError": ErrorRow(
        500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN
    ),
    "botocore.exceptions.CredentialRetrievalError": ErrorRow(
        500, "api_error", "upstream_auth", _CREDENTIALS, _NOT_AGAIN
    ),
    "botocore.exceptions.ReadTimeoutError": ErrorRow(
        504, "timeout_error", "upstream_timeout", _TIMEOUT, _NOT_AGAIN
    ),
    "botocore.exceptions.ConnectionError": ErrorRow(502, "api_error", "upstream_connect", _INTERNAL),
    "botocore.exceptions.HTTPClientError": ErrorRow(502, "api_error", "upstream_connect", _INTERNAL),
    "urllib3.exceptions.ReadTimeoutError": ErrorRow(
        504, "timeout_error", "upstream_stall", _TIMEOUT, _NOT_AGAIN
    ),
    "urllib3.exceptions.HTTPError": ErrorRow(502, "api_error", "upstream_stream_broken", _BROKEN),
    "botocore.eventstream.ParserError": ErrorRow(502, "api_error", "upstream_stream_broken", _BROKEN),
}

# What the client of this package raises for the same.
TRANSPORT |= {
    "chat.bedrock.exceptions.ConnectionFailed": TRANSPORT["botocore.exceptions.ConnectionError"],
    "chat.bedrock.exceptions.CredentialsUnavailable": TRANSPORT["botocore.exceptions.NoCredentialsError"],
    "chat.bedrock.exceptions.ReadTimeout": TRANSPORT["botocore.exceptions.ReadTimeoutError"],
    "chat.bedrock.exceptions.StreamBroken": TRANSPORT["urllib3.exceptions.HTTPError"],
    "chat.bedrock.exceptions.StreamStalled": TRANSPORT["urllib3.exceptions.ReadTimeoutError"],
}

# Bedrock explains to the caller what is wrong with the request, but names resources of the account while it
# does.
_EXPLAINED = {"ValidationException", "validationException"}
_TOO_LONG = re.compile("too long|too many input tokens", re.IGNORECASE)
_PRIVATE = re.compile(r"arn:[\w-]+:[^\s\"',]+|(?<!\d)\d{12}(?!\d)")


class UpstreamError(HTTPError):
    """A failure of Bedrock or of the connection to it. Its cause is chained, for the log only."""


def client_error(error: BaseException) -> HTTPError:
    """Return the error that a client gets when an exception ends its stream."""
    if isinstance(error, HTTPError):
        return error
    # only the deadline goes past every `except Exception`
    return upstream_error(UNFINISHED) if isinstance(error, Exception) else DeadlineExceeded()


def upstream_error(fault: ErrorRow, message: str | None = None) -> UpstreamError:
    """Return the error that tells a client of a fault, in other words if they are given."""
    return UpstreamError(
        fault.status, message or fault.message, type=fault.type, code=fault.code, headers=fault.headers
    )


def translate(error: Exception) -> UpstreamError:
    """Return the error for the client that stands for an exception, before or inside the stream."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return upstream_error(_transport_fault(error))
    said = response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    if code in _EXPLAINED:
        fault = CONTEXT_LENGTH if _TOO_LONG.search(message) else BEDROCK[code]
        return upstream_error(fault, _PRIVATE.sub("[redacted]", message))
    if code == "ModelErrorException" and 400 <= response.get("originalStatusCode", 0) < 500:
        return upstream_error(MODEL_REFUSED)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return upstream_error(BEDROCK.get(code) or STATUSES.get(status, UNKNOWN))


def _transport_fault(error: Exception) -> ErrorRow:
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((TRANSPORT[name] for name in names if name in TRANSPORT), UNKNOWN)
