"""Identify the caller, and answer API Gateway.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

# the scheme in any case: RFC 9110, section 11.1
_BEARER = "bearer "


class ApiClient(NamedTuple):
    """A caller whose key is known."""

    name: str
    key: str


def credentials(event: Mapping[str, object]) -> Iterator[str]:
    """Yield every key that the request shows, in ``Authorization: Bearer`` or in ``x-api-key``.

    :param event: the event of a REQUEST authorizer.
    """
    headers = event.get("headers")
    if not isinstance(headers, Mapping):
        return
    for name, value in headers.items():
        if str(name).lower() == "x-api-key":
            yield str(value).strip()
        elif str(name).lower() == "authorization" and str(value).lower().startswith(_BEARER):
            yield str(value)[len(_BEARER) :].strip()


def client_of(shown: Iterable[str], keys: Mapping[str, str]) -> ApiClient | None:
    """Return the client that one of the shown keys belongs to.

    Every known key is compared, in a time that does not tell how much of it was right.
    """
    found = None
    for candidate in shown:
        for name, key in keys.items():
            # a header may hold a lone surrogate, which is nobody's key and no reason to fail
            if hmac.compare_digest(candidate.encode("utf-8", "surrogatepass"), key.encode()):
                found = ApiClient(name, key)
    return found


def allow(client: ApiClient, method_arn: str, context: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return the permission for one method, and what a usage plan meters the caller by.

    :param context: what the integration gets to know of the client, beside its name. Default: - nothing
    """
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": method_arn}
    return {
        "principalId": client.name,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {**(context or {}), "client": client.name},
        "usageIdentifierKey": client.key,
    }
