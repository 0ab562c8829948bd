"""Build the event that a function URL hands to its function: payload format 2.0.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, section "Request payload format"
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from ....client.proxy_event import Headers, Json, query_parameters
from ...application import FunctionUrl
from .routed_request import ANONYMOUS, HttpRequest, Identity, Reception

#: Media types of bodies that are text; every other body is in base64. Lambda's page does not list them: these
#: are those of HTTP APIs, whose payload format it is.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
TEXT_TYPES = frozenset({"application/javascript", "application/json", "application/xml"})
#: A signature is for Lambda, as it is for API Gateway.
NOT_PASSED_ON = frozenset({"authorization", "connection", "transfer-encoding"})


def url_event(
    url: FunctionUrl,
    http: HttpRequest,
    reception: Reception,
    account: str,
    identity: Identity = ANONYMOUS,
) -> dict[str, Json]:
    """Return the event of a request.

    :param identity: who signed it; anonymous when nobody had to
    """
    headers = _joined(_to_function(http.headers, signed=identity.arn is not None))
    cookies = headers.pop("cookie", None)
    headers |= _said_about(http, reception, url)
    binary = is_binary(headers.get("content-type"), headers.get("content-encoding"))
    text = base64.b64encode(http.body).decode() if binary else http.body.decode("utf-8", "replace")
    query = _joined(query_parameters(http.query), lower=False)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": http.path,
        "rawQueryString": http.query,
        **({"cookies": [each.strip() for each in cookies.split(";")]} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": query} if query else {}),
        "requestContext": _context(url, http, reception, account, identity),
        **({"body": text} if http.body else {}),
        "isBase64Encoded": binary and bool(http.body),
    }


def is_binary(media_type: str | None, coding: str | None = None) -> bool:
    """Tell whether a body is passed on in base64.

    >>> [is_binary(each) for each in ("text/csv", "application/json; charset=utf-8", "image/png", None)]
    [False, False, True, True]
    """
    essence = (media_type or "").partition(";")[0].strip().lower()
    is_text = essence.startswith("text/") or essence in TEXT_TYPES
    return not is_text or (coding or "identity").lower() != "identity"


def _context(
    url: FunctionUrl, http: HttpRequest, reception: Reception, account: str, identity: Identity
) -> dict[str, Json]:
    iam = {
        "accessKey": identity.access_key,
        "accountId": identity.account,
        "callerId": identity.user,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": identity.arn,
        "userId": identity.user,
    }
    return {
        "accountId": account,
        "apiId": url.host.partition(".")[0],
        **({"authorizer": {"iam": iam}} if identity.arn else {}),
        "domainName": url.host,
        "domainPrefix": url.host.partition(".")[0],
        "http": {
            "method": http.method,
            "path": http.path,
            "protocol": http.protocol,
            "sourceIp": http.source_ip,
            "userAgent": http.header("User-Agent") or "",
        },
        "requestId": reception.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": reception.time.strftime("%d/%b/%Y:%H:%M:%S %z"),
        "timeEpoch": int(reception.time.timestamp() * 1000),
    }


def _to_function(headers: Headers, signed: bool) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        if name.lower() not in NOT_PASSED_ON or (name.lower() == "authorization" and not signed):
            yield name, value


def _said_about(http: HttpRequest, reception: Reception, url: FunctionUrl) -> dict[str, str]:
    """Return the headers that Lambda writes; the host is the URL's own, as on Lambda."""
    return {
        "host": url.host,
        "x-amzn-trace-id": reception.trace_id,
        "x-forwarded-for": http.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _joined(pairs: Iterable[tuple[str, str]], lower: bool = True) -> dict[str, str]:
    """Return names with their values; several of one name are separated by commas, cookies by semicolons."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower() if lower else name
        between = "; " if lower and key == "cookie" else ","
        found[key] = f"{found[key]}{between}{value}" if key in found else value
    return found
