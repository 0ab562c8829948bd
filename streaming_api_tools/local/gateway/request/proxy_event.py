"""HTTP request -> the event that API Gateway hands to a Lambda function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
(section "Input format of a Lambda function for proxy integration")
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from ...application import Api, Stage
from .headers import Headers, to_function
from .routing import Match

Json = object


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was sent.

    :param path: the whole path with the stage, still percent-encoded
    :param query: the query string without the question mark, still percent-encoded
    :param prefix: what stood before the path, which only the signature covers
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"
    prefix: str = ""

    def header(self, name: str) -> str | None:
        """Return the last value of a header."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None

    def below(self, prefix: str) -> HttpRequest:
        """Return the request without the beginning of its path."""
        return replace(self, prefix=prefix, path=self.path.removeprefix(prefix))

    def with_body(self, body: bytes) -> HttpRequest:
        """Return the request with its body."""
        return replace(self, body=body)


@dataclass(frozen=True)
class Reception:
    """What API Gateway itself adds to a request: its ids and the time."""

    request_id: str
    extended_request_id: str
    trace_id: str
    time: datetime


@dataclass(frozen=True)
class Identity:
    """Who made a request; empty when nobody had to say.

    :param authorizer: what a Lambda authorizer said about it
    """

    access_key: str | None = None
    account: str | None = None
    user: str | None = None
    arn: str | None = None
    api_key: str | None = None
    api_key_id: str | None = None
    authorizer: Mapping[str, Json] | None = None


def proxy_event(
    request: HttpRequest, api: Api, stage: Stage, match: Match, context: Mapping[str, Json], trace_id: str
) -> dict[str, Json]:
    """Return the event; ``context`` is its ``requestContext``."""
    headers = forwarded_headers(request, match.route.authorization == "AWS_IAM", trace_id)
    query = query_parameters(request.query)
    binary = is_binary(request.header("Content-Type"), api.binary_media_types)
    body = base64.b64encode(request.body).decode() if binary else request.body.decode("utf-8", "replace")
    return {
        "resource": match.route.path,
        "path": _below_stage(request.path, stage),
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": _all(headers),
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": _all(query) or None,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(stage.variables) or None,
        "requestContext": context,
        "body": body or None,
        "isBase64Encoded": binary and bool(body),
    }


def request_context(
    request: HttpRequest,
    reception: Reception,
    api: Api | None = None,
    stage: Stage | None = None,
    match: Match | None = None,
    identity: Identity | None = None,
    account: str | None = None,
) -> dict[str, Json]:
    """Return ``requestContext``; also what the ``$context`` variables of templates and access logs refer to.

    Nothing but the request and its reception is known of a request that found no stage.
    """
    who = identity or Identity()
    host = urlsplit(f"//{request.header('Host') or ''}").hostname or ""
    return {
        "accountId": account,
        "apiId": api.id if api else None,
        **({} if who.authorizer is None else {"authorizer": who.authorizer}),
        "deploymentId": "local",
        "domainName": host,
        "domainPrefix": host.split(".", 1)[0],
        "extendedRequestId": reception.extended_request_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": who.access_key,
            "accountId": who.account,
            "apiKey": who.api_key,
            "apiKeyId": who.api_key_id,
            "caller": who.user,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": request.source_ip,
            "user": who.user,
            "userAgent": request.header("User-Agent"),
            "userArn": who.arn,
        },
        "path": request.path,
        "protocol": request.protocol,
        "requestId": reception.request_id,
        "requestTime": reception.time.strftime("%d/%b/%Y:%H:%M:%S %z"),
        "requestTimeEpoch": int(reception.time.timestamp() * 1000),
        "resourceId": match.route.resource_id if match else None,
        "resourcePath": match.route.path if match else None,
        "stage": stage.name if stage else None,
    }


def query_parameters(query: str) -> list[tuple[str, str]]:
    """Return names and values, decoded.

    A semicolon separates as well: "not supported for any request URL query string and results in the data
    being split" (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).

    >>> query_parameters("a=1;b=2&b=%3B")
    [('a', '1'), ('b', '2'), ('b', ';')]
    """
    return parse_qsl(query.replace(";", "&"), keep_blank_values=True)


def is_binary(media_type: str | None, binary_media_types: Sequence[str]) -> bool:
    """Tell whether a media type is one of ``binaryMediaTypes``, which may have wildcards."""
    essence = (media_type or "").split(";", 1)[0].strip().lower()
    wanted = {"*/*", essence, f"{essence.split('/', 1)[0]}/*"}
    return any(known.lower() in wanted for known in binary_media_types)


def forwarded_headers(request: HttpRequest, signed: bool, trace_id: str) -> Headers:
    """Return the headers that an integration gets: the client's, and what API Gateway says about it."""
    before = request.header("X-Forwarded-For")
    port = urlsplit(f"//{request.header('Host') or ''}").port or 80
    added = (
        ("X-Amzn-Trace-Id", trace_id),
        ("X-Forwarded-For", f"{before}, {request.source_ip}" if before else request.source_ip),
        ("X-Forwarded-Port", str(port)),
        ("X-Forwarded-Proto", "http"),
    )
    own = {name.lower() for name, _ in added}
    return tuple((*((n, v) for n, v in to_function(request.headers, signed) if n.lower() not in own), *added))


def _below_stage(path: str, stage: Stage) -> str:
    return path[len(stage.name) + 1 :] or "/"


def _last(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(pairs)


def _all(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
