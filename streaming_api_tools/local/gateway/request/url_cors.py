"""Answer cross-origin requests to a function URL as its ``Cors`` says.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html, section "Cross-origin resource sharing
(CORS)", and https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html: Lambda answers preflights itself,
and adds its headers to those that the function writes, which are then there twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from ....client.proxy_event import Headers
from .routed_request import HttpRequest


def is_preflight(cors: Mapping[str, object] | None, http: HttpRequest) -> bool:
    """Tell whether Lambda answers a request itself."""
    asked = http.header("Origin") and http.header("Access-Control-Request-Method")
    return bool(cors and http.method == "OPTIONS" and asked)


def cors_headers(cors: Mapping[str, object] | None, http: HttpRequest) -> Headers:
    """Return the headers that Lambda adds to an answer; none for a page that may not read it."""
    origin = http.header("Origin")
    if not cors or origin is None:
        return ()
    if not {"*", origin}.intersection(_texts(cors, "AllowOrigins")):
        return (("Vary", "Origin"),)
    found = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if cors.get("AllowCredentials") in (True, "true"):
        found.append(("Access-Control-Allow-Credentials", "true"))
    if is_preflight(cors, http):
        found += _listed(cors, AllowMethods="Access-Control-Allow-Methods")
        found += _listed(cors, AllowHeaders="Access-Control-Allow-Headers")
        if cors.get("MaxAge") is not None:
            found.append(("Access-Control-Max-Age", str(cors["MaxAge"])))
    else:
        found += _listed(cors, ExposeHeaders="Access-Control-Expose-Headers")
    return tuple(found)


def _listed(cors: Mapping[str, object], **names: str) -> list[tuple[str, str]]:
    return [(header, ",".join(_texts(cors, name))) for name, header in names.items() if _texts(cors, name)]


def _texts(cors: Mapping[str, object], name: str) -> list[str]:
    value = cors.get(name)
    return [str(each) for each in value] if isinstance(value, list) else []
