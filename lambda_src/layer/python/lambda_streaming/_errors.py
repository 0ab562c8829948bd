"""Define the errors of a streamed response, and encode them for the client and for Lambda."""

from __future__ import annotations

import json
from binascii import b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# The error types that both the OpenAI and the Anthropic clients know, by HTTP status.
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}

# The emulator of the Runtime API is a server of Go's net/http, which gives up on more than 4 KB of trailers.
_LONGEST_NAME = 128
_LARGEST_BODY = 2700


class HTTPError(Exception):
    """Answer the request with an error that the client may read.

    Raised before the first byte it is a real HTTP status with a JSON body; after it, the client of an SSE or
    NDJSON stream gets the same JSON as its last event, and Lambda gets the error trailers. A stream of any
    other media type is cut.

    Example::

        raise HTTPError(404, "there is no report 7", code="report_not_found", param="id")

    :param status: HTTP status, 400 to 599
    :param message: one sentence for the client; never put an ARN, an account id or a stack trace in it
    :param type: class of the error. Default: - the type that belongs to the status, such as
        ``rate_limit_error`` to 429
    :param code: the error itself, for programs. Default: - the type without ``_error``
    :param param: the field of the request that is at fault. Default: - none
    :param headers: response headers, such as ``retry-after``; not sent when the stream has begun. Default: -
        none
    :raises TypeError: for a status that is no whole number
    :raises ValueError: for a status that is not an error
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str | None = None,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not isinstance(status, int) or isinstance(status, bool):
            raise TypeError(f"status of an HTTPError must be a whole number, got {status!r}")
        if not 400 <= status <= 599:
            raise ValueError(f"status of an HTTPError must be 400 to 599, got {status}")
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type or _TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error")
        self.code = code or self.type.removesuffix("_error")
        self.param = param
        self.headers = dict(headers or {})
        #: further members of the JSON body, for clients that look for the message elsewhere
        self.members: dict[str, object] = {}


class DeadlineExceeded(HTTPError):
    """The function was about to run out of time, so its response was ended in order."""

    def __init__(self) -> None:
        # another attempt would run out of time as well, and be waited for and paid as long
        again = {"x-should-retry": "false"}
        super().__init__(504, "the function ran out of time", code="function_timeout", headers=again)


class StreamCancelled(HTTPError):
    """Somebody who may has stopped the stream; it is kept as far as it came."""

    def __init__(self) -> None:
        again = {"x-should-retry": "false"}
        super().__init__(409, "the stream was cancelled", code="stream_cancelled", headers=again)


class StreamRejected(ConnectionError):
    """The Runtime API ended the stream before it was complete, for instance because it got too large."""


_UNEXPECTED = HTTPError(500, "the response could not be completed", code="internal_error")


def envelope(error: BaseException, request_id: str | None) -> dict[str, object]:
    """Return the one JSON error body, which the clients of OpenAI's and of Anthropic's API both read.

    Only an :class:`HTTPError` speaks to the client in its own words: the text of any other exception may hold
    a secret.
    """
    said = error if isinstance(error, HTTPError) else _UNEXPECTED
    return {
        "type": "error",
        "error": {"type": said.type, "message": said.message, "code": said.code, "param": said.param},
        "request_id": request_id,
        **said.members,
    }


def error_json(error: BaseException, request_id: str | None) -> bytes:
    """Return the JSON error body, with a fixed text if the error's own members have no form in JSON."""
    try:
        return _encoded(envelope(error, request_id))
    except Exception:
        return _encoded(envelope(_UNEXPECTED, request_id))


def _encoded(body: dict[str, object]) -> bytes:
    # A lone surrogate has no UTF-8 form; one odd character is no reason to tell nothing.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def error_text(error: BaseException) -> str:
    """Return the message of an exception, with a fixed text if the exception cannot tell it."""
    try:
        return str(error)
    except Exception:
        return "the exception has no text"


def lambda_error_type(error: BaseException) -> str:
    r"""Return the error type for Lambda, which reports only what matches ``Function\.[A-Z]\w+`` as it is."""
    name = "".join(each for each in type(error).__name__ if each.isascii() and each.isalnum())
    name = name.lstrip("0123456789")
    return f"Function.{name[:1].upper()}{name[1:]}" if len(name) > 1 else "Function.Error"


def trailers(error: BaseException) -> bytes:
    """Return the last chunk of a response that failed, with trailers that tell Lambda what went wrong."""
    kind = lambda_error_type(error).encode("ascii")[:_LONGEST_NAME]
    return (
        b"0\r\n"
        b"Lambda-Runtime-Function-Error-Type: " + kind + b"\r\n"
        b"Lambda-Runtime-Function-Error-Body: " + _error_body(error) + b"\r\n\r\n"
    )


def rejection(answer: bytes) -> StreamRejected:
    """Return the error for an answer of the Runtime API that came too early or is no acceptance."""
    line, _, rest = answer.partition(b"\r\n")
    if not line:
        return StreamRejected("the Runtime API closed the connection before the response was complete")
    body = rest.partition(b"\r\n\r\n")[2]
    said = (line.partition(b" ")[2] + b" " + body).decode("latin-1").strip()
    return StreamRejected(f"the Runtime API did not take the response: {said}")


def _error_body(error: BaseException) -> bytes:
    kind, message = type(error).__name__[:_LONGEST_NAME], error_text(error)
    while True:
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        if len(body) <= _LARGEST_BODY:
            return b2a_base64(body, newline=False)
        # the log has the whole of it
        message = message[: min(len(message) // 2, _LARGEST_BODY)]
