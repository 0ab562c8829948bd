"""Map failures of Bedrock and of the connection to it to errors for the client.

A row names an error code of Bedrock or the qualified name of an exception class. Before the first byte the
client gets the row's status and headers; after it, the same type, code and message in the stream's last
event.
"""

from __future__ import annotations

import re

from lambda_streaming import DeadlineExceeded, HTTPError, StreamCancelled, cancelled

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
    # Said by Bedrock of a path that it does not serve, which is none of the caller's choice.
    "UnknownOperationException": ErrorRow(502, "api_error", "upstream_operation", _INTERNAL, _NOT_AGAIN),
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

# Whoever could not connect has tried several times.
_CONNECT = ErrorRow(502, "api_error", "upstream_connect", _INTERNAL, _NOT_AGAIN)
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
    "botocore.exceptions.ConnectionError": _CONNECT,
    "botocore.exceptions.HTTPClientError": _CONNECT,
    "urllib3.exceptions.ReadTimeoutError": ErrorRow(
        504, "timeout_error", "upstream_stall", _TIMEOUT, _NOT_AGAIN
    ),
    "urllib3.exceptions.HTTPError": ErrorRow(502, "api_error", "upstream_stream_broken", _BROKEN),
    "botocore.eventstream.ParserError": ErrorRow(502, "api_error", "upstream_stream_broken", _BROKEN),
}

# What the client of this package raises for the same.
TRANSPORT |= {
    f"lambda_streaming_aws.exceptions.{ours}": TRANSPORT[theirs]
    for ours, theirs in (
        ("ConnectionFailed", "botocore.exceptions.ConnectionError"),
        ("CredentialsUnavailable", "botocore.exceptions.NoCredentialsError"),
        ("ReadTimeout", "botocore.exceptions.ReadTimeoutError"),
        ("StreamBroken", "urllib3.exceptions.HTTPError"),
        ("StreamStalled", "urllib3.exceptions.ReadTimeoutError"),
    )
}

# Bedrock explains to the caller what is wrong with the request, but names resources of the account while it
# does.
_EXPLAINED = {"ValidationException", "validationException"}
_TOO_LONG = ("too long", "too many input tokens")
# ARNs, objects of Amazon S3, account ids, and the ids of users, roles and keys: "IAM identifiers", AWS
# Identity and Access Management User Guide, "Understanding unique ID prefixes".
_PRIVATE = (
    r"""(?i:arn(?::|%3a)[^\s"',]+|s3://[^\s"',]+)"""
    r"|(?<!\d)\d{12}(?!\d)"
    r"|(?<![A-Za-z0-9])A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?"
)
_LONGEST_MESSAGE = 1000
_LONGEST_LOGGED = 2000
# Longer ones are not even searched for what is private.
_LONGEST_SEARCHED = 16 * 1024
# Codes whose message is about the account and not about the request, so that it may be logged.
_LOGGED = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "FTUFormNotFilled",
    "IncompleteSignature",
    "InvalidSignatureException",
    "ModelNotReadyException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "UnrecognizedClientException",
    "serviceUnavailableException",
    "throttlingException",
}


class UpstreamError(HTTPError):
    """A failure of Bedrock or of the connection to it. Its cause is chained, for the log only.

    :param row: the row of the table; its message is the text of the exception, which Lambda logs
    :param message: for the client. Default: - the row's
    :param retried: whether Bedrock was asked several times, so that the client should not ask again
    """

    def __init__(self, row: ErrorRow, message: str | None = None, *, retried: bool = False) -> None:
        headers = {**row.headers, **_NOT_AGAIN} if retried else row.headers
        super().__init__(row.status, row.message, type=row.type, code=row.code, headers=headers)
        self.message = message or row.message


def client_error(error: BaseException) -> HTTPError:
    """Return the error that a client gets when an exception ends its stream."""
    if isinstance(error, HTTPError):
        return error
    # only a cancel and the deadline go past every `except Exception`
    if not isinstance(error, Exception):
        return StreamCancelled() if cancelled() else DeadlineExceeded()
    return UpstreamError(UNFINISHED)


def translate(error: Exception) -> UpstreamError:
    """Return the error for the client that stands for an exception, before or inside the stream."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return UpstreamError(_transport_row(error))
    metadata = response.get("ResponseMetadata", {})
    message = redacted(_message(response)) if _code(response) in _EXPLAINED else None
    row = _row(response, metadata.get("HTTPStatusCode"))
    return UpstreamError(row, message, retried=bool(metadata.get("RetryAttempts")))


def redacted(message: str) -> str:
    """Return a message of Bedrock without names of the account, and cut."""
    # compiled here, where only an error pays for it
    clean = re.sub(_PRIVATE, "[redacted]", message[:_LONGEST_SEARCHED])
    return clean if len(clean) <= _LONGEST_MESSAGE else f"{clean[:_LONGEST_MESSAGE]}..."


def cause_of(error: BaseException, *, content: bool) -> str:
    """Return the text of an exception for the log.

    :param content: whether the log may have what a caller or the model wrote
    """
    name = type(error).__name__
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        # boto3 quotes the request in it
        quotes = name == "ParamValidationError" and not content
        return name if quotes else f"{name}: {error}"[:_LONGEST_LOGGED]
    code = _code(response)
    if content or code in _LOGGED:
        return f"{name}: {error}"[:_LONGEST_LOGGED]
    return f"{name}: {code} from Bedrock, whose message may quote the request"


def _row(response: dict[str, object], status: object) -> ErrorRow:
    code = _code(response)
    if code in _EXPLAINED:
        message = _message(response)[:_LONGEST_SEARCHED].lower()
        return CONTEXT_LENGTH if any(words in message for words in _TOO_LONG) else BEDROCK[code]
    original = response.get("originalStatusCode")
    if code == "ModelErrorException" and isinstance(original, int) and 400 <= original < 500:
        return MODEL_REFUSED
    return BEDROCK.get(code) or (STATUSES.get(status, UNKNOWN) if isinstance(status, int) else UNKNOWN)


def _code(response: dict[str, object]) -> str:
    return _text(response, "Code")


def _message(response: dict[str, object]) -> str:
    return _text(response, "Message")


def _text(response: dict[str, object], name: str) -> str:
    error = response.get("Error")
    value = error.get(name) if isinstance(error, dict) else None
    return value if isinstance(value, str) else ""


def _transport_row(error: Exception) -> ErrorRow:
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((TRANSPORT[name] for name in names if name in TRANSPORT), UNKNOWN)
