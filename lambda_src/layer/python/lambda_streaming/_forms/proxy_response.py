"""Read the response of a Lambda proxy integration, which Powertools' resolver and Mangum return.

Format: "Amazon API Gateway Developer Guide", set-up-lambda-proxy-integrations, section "Output format of a
Lambda function for proxy integration".
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"}


def from_proxy(result: Mapping[str, object]) -> tuple[Any, dict[str, list[str]], Any, str | bytes]:
    """Return status, headers, cookies and body of the response that a dict with ``statusCode`` describes.

    :raises TypeError: for any other dict, and for members of another type
    :raises ValueError: for a body that is not the base64 that it should be
    """
    if "statusCode" not in result or not result.keys() <= _MEMBERS:
        raise TypeError(
            "a streaming handler must yield items or return a Response, got a dict that is no response of a "
            "proxy integration either"
        )
    headers: dict[str, list[str]] = {}
    for name, values in _headers(result, "multiValueHeaders"):
        if not isinstance(values, (list, tuple)):
            raise TypeError(f"multi-value header {name!r} of a proxy response must be a list, got {values!r}")
        headers.setdefault(name, []).extend(values)
    for name, value in _headers(result, "headers"):
        several = headers.setdefault(name, [])
        # "merges them into a single list"; what is in both appears once
        if value not in several:
            several.append(value)
    headers.setdefault("content-type", ["application/json"])
    return result["statusCode"], headers, result.get("cookies") or (), _body(result)


def _headers(result: Mapping[str, object], member: str) -> Iterator[tuple[str, Any]]:
    given = result.get(member) or {}
    if not isinstance(given, Mapping):
        raise TypeError(f"{member} of a proxy response must be a dict, got {type(given).__name__}")
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"name of a header must be a string, got {name!r}")
        if value is not None:
            yield name.lower(), value


def _body(result: Mapping[str, object]) -> str | bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError(f"body of a proxy response must be a string, got {type(body).__name__}")
    encoded = result.get("isBase64Encoded") or False
    if not isinstance(encoded, bool):
        raise TypeError(f"isBase64Encoded of a proxy response must be true or false, got {encoded!r}")
    if not encoded:
        return body
    try:
        return b64decode(body, validate=True)
    except ValueError as error:
        raise ValueError("body of a proxy response is not base64") from error
