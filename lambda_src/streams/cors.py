"""Name the pages that may read a stream: the Fetch standard, "CORS protocol"."""

from __future__ import annotations

from collections.abc import Mapping


def cors_headers(environ: Mapping[str, str], origin: str | None) -> dict[str, str]:
    """Return the headers of a response to a page of an origin.

    :param environ: CORS_ALLOW_ORIGIN and CORS_ALLOW_CREDENTIALS, as the function has them
    :param origin: of the page. Default: - the caller is no page
    """
    if not environ.get("CORS_ALLOW_ORIGIN"):
        return {}
    allowed = environ["CORS_ALLOW_ORIGIN"].split(",")
    headers = {"vary": "origin"} if len(allowed) > 1 else {}
    readers = [each for each in allowed if each == origin] if headers else allowed
    if readers:
        headers["access-control-expose-headers"] = "retry-after, x-stream-id"
        headers["access-control-allow-origin"] = readers[0]
        if environ.get("CORS_ALLOW_CREDENTIALS") == "true":
            headers["access-control-allow-credentials"] = "true"
    return headers


def origin_of(event: Mapping[str, object]) -> str | None:
    """Return the origin of the page that sends a request, if it is a page."""
    headers = event.get("headers")
    fields = headers.items() if isinstance(headers, Mapping) else ()
    return next((value for name, value in fields if name.lower() == "origin"), None)
