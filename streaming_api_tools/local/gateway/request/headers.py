"""Drop, rename and add headers on the way to an integration and back, as API Gateway does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html: the table under
"Amazon API Gateway important notes for REST APIs", column lambda. What it does not name passes through.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....client.proxy_event import Headers

DROPPED_FROM_REQUEST = frozenset(
    {
        "connection",
        "content-length",  # "generated based on body", and the event has no such header
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
DROPPED_FROM_RESPONSE = frozenset(
    {
        "expect",
        "host",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
REMAPPED_IN_RESPONSE = frozenset(
    {
        "authorization",
        "connection",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    }
)
#: A SigV4 signature never reaches the function (the footnote of the table).
SIGNATURE = "AWS4-HMAC-SHA256"


def to_function(headers: Iterable[tuple[str, str]], signed: bool) -> Headers:
    """Return the request headers that a function gets; ``signed`` is whether IAM authorization is used."""

    def dropped(name: str, value: str) -> bool:
        if name.lower() == "authorization":
            return signed or value.startswith(SIGNATURE)
        return name.lower() in DROPPED_FROM_REQUEST

    return tuple((name, value) for name, value in headers if not dropped(name, value))


def to_client(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the response headers that a client gets of those that an integration wrote."""
    kept = [(name, value) for name, value in headers if name.lower() not in DROPPED_FROM_RESPONSE]
    if not any(name.lower() == "content-type" for name, _ in kept):
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
        kept.append(("Content-Type", "application/json"))
    return tuple(
        (f"x-amzn-Remapped-{name}" if name.lower() in REMAPPED_IN_RESPONSE else name, value)
        for name, value in kept
    )
