"""Read the response of a function behind a function URL.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, section "Response payload format"
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from ....client.lambda_response import MalformedResponseError, response_headers, status_code
from ....client.proxy_event import Headers
from ....json_text import parse_json
from ..request.errors import HttpResponse

#: Of one connection, which is not the function's (RFC 9110, section 7.6.1).
OF_CONNECTION = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
#: The one that Lambda infers.
JSON = "application/json"


def buffered_response(payload: bytes) -> HttpResponse:
    """Return the response for the payload of a URL whose mode is BUFFERED.

    Without a status code the whole payload is the body.

    :raises MalformedResponseError: when it is not JSON, or not in the format
    """
    try:
        response = parse_json(payload)
    except ValueError as error:
        raise MalformedResponseError(f"the response is not JSON: {error}") from error
    if not isinstance(response, dict) or "statusCode" not in response:
        return HttpResponse(200, (("Content-Type", JSON),), payload)
    fields = {name: value for name, value in response.items() if name in ("headers", "cookies")}
    body = _body(response)
    return HttpResponse(status_code(response["statusCode"]), to_client(response_headers(fields), JSON), body)


def to_client(headers: Iterable[tuple[str, str]], default: str) -> Headers:
    """Return the headers that a client gets.

    :param default: the content type where there is none
    """
    kept = [(name, value) for name, value in headers if name.lower() not in OF_CONNECTION]
    if not any(name.lower() == "content-type" for name, _ in kept):
        kept.append(("Content-Type", default))
    return tuple(kept)


def _body(response: dict[str, object]) -> bytes:
    body = response.get("body")
    text = "" if body is None else body
    if not isinstance(text, str):
        raise MalformedResponseError(f"body must be text, got {type(text).__name__}")
    if response.get("isBase64Encoded") is not True:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedResponseError(f"body is not base64: {error}") from error
