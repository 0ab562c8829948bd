"""Read the response of a Lambda function behind a buffered proxy integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
(section "Output format of a Lambda function for proxy integration")
"""

from __future__ import annotations

import base64
import binascii

from ....client.lambda_response import (
    DELIMITER,
    MalformedResponseError,
    parse_metadata,
    response_headers,
    status_code,
)
from ....json_text import parse_json
from ..request.errors import HttpResponse
from ..request.headers import to_client

#: A response with any other key is malformed; ``cookies`` are of streams, and of HTTP APIs.
KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})


def buffered_response(payload: bytes, decode_base64: bool) -> HttpResponse:
    """Return the response for the payload of a buffered invocation.

    :param decode_base64: whether the client asked for one of the API's binary media types
    :raises MalformedResponseError: when it is not in the format of a proxy integration
    """
    metadata, delimiter, _ = payload.partition(DELIMITER)
    if delimiter:
        # a streaming function behind a BUFFERED integration: "status and headers, but no body"
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
        parsed = parse_metadata(metadata)
        return HttpResponse(parsed.status, to_client(parsed.headers), b"")
    try:
        response = parse_json(payload)
    except ValueError as error:
        raise MalformedResponseError(f"the response is not JSON: {error}") from error
    if not isinstance(response, dict) or response.keys() - KEYS:
        raise MalformedResponseError(f"the response must be an object with only {', '.join(sorted(KEYS))}")
    headers = to_client(response_headers(response))
    body = _body(response, decode_base64)
    return HttpResponse(status_code(response.get("statusCode", 200)), headers, body)


def _body(response: dict[str, object], decode_base64: bool) -> bytes:
    body = response.get("body")
    text = "" if body is None else body
    if not isinstance(text, str):
        raise MalformedResponseError(f"body must be text, got {type(text).__name__}")
    if response.get("isBase64Encoded") is True and decode_base64:
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise MalformedResponseError(f"body is not base64: {error}") from error
    return text.encode()
