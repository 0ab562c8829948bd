"""Build the event that API Gateway hands to a Lambda function.

The local gateway and ``smoke``, when it invokes a function directly, both build it here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
(section "Input format of a Lambda function for proxy integration")
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

Json = object
Headers = tuple[tuple[str, str], ...]


def proxy_event(
    method: str,
    path: str,
    resource: str,
    headers: Headers,
    body: bytes,
    context: Mapping[str, Json],
    *,
    query: str = "",
    path_parameters: Mapping[str, str] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    binary: bool = False,
) -> dict[str, Json]:
    """Return the event of a request.

    :param path: below the stage, as it was sent
    :param resource: the path of the resource, such as ``/reports/{id}``
    :param context: the ``requestContext``
    :param query: the query string, still percent-encoded
    :param binary: whether the body has one of the API's binary media types. Default: - it is text, and bytes
        that are not UTF-8 are lost
    """
    parameters = query_parameters(query)
    text = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": _multi_value(headers),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": _multi_value(parameters) or None,
        "pathParameters": dict(path_parameters or {}) or None,
        "stageVariables": dict(stage_variables or {}) or None,
        "requestContext": context,
        "body": text or None,
        "isBase64Encoded": binary and bool(text),
    }


def query_parameters(query: str) -> list[tuple[str, str]]:
    """Return names and values, decoded.

    A semicolon separates as well: "not supported for any request URL query string and results in the data
    being split" (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).

    >>> query_parameters("a=1;b=2&b=%3B")
    [('a', '1'), ('b', '2'), ('b', ';')]
    """
    return parse_qsl(query.replace(";", "&"), keep_blank_values=True)


def _multi_value(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
