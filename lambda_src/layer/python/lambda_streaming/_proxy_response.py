"""Read the response of a Lambda proxy integration, which Powertools' resolver and Mangum return.

Format: "Amazon API Gateway Developer Guide", set-up-lambda-proxy-integrations, section "Output format of a
Lambda function for proxy integration".
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping

from ._response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"}


def from_proxy(result: Mapping[str, object]) -> Response:
    """Return the response that a dict with ``statusCode`` describes.

    :raises TypeError: for any other dict
    :raises ValueError: for a body that is not the base64 that it should be
    """
    if "statusCode" not in result or not result.keys() <= _MEMBERS:
        raise TypeError(
            "a streaming handler must yield items or return a Response, got a dict that is no response of a "
            "proxy integration either"
        )
    headers = {name: list(values) for name, values in _headers(result, "multiValueHeaders").items()}
    for name, value in _headers(result, "headers").items():
        several = headers.setdefault(name, [])
        # "merges them into a single list"; what is in both appears once
        if value not in several:
            several.append(value)
    headers.setdefault("content-type", ["application/json"])
    return Response(
        result["statusCode"],  # type: ignore[arg-type]
        headers,
        result.get("cookies") or (),  # type: ignore[arg-type]
        _body(result),
    )


def _headers(result: Mapping[str, object], member: str) -> dict[str, Any]:
    given = result.get(member) or {}
    if not isinstance(given, Mapping):
        raise TypeError(f"{member} of a proxy response must be a dict, got {type(given).__name__}")
    return {name.lower(): value for name, value in given.items() if value is not None}


def _body(result: Mapping[str, object]) -> str | bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError(f"body of a proxy response must be a string, got {type(body).__name__}")
    if not result.get("isBase64Encoded"):
        return body
    try:
        return b64decode(body, validate=True)
    except ValueError as error:
        raise ValueError("body of a proxy response is not base64") from error
