"""Name the header fields of a request, and read those of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

#: Asked for so that nothing on the way has a reason to compress, and with that to buffer, the answer.
IDENTITY = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "User-Agent": "cdk-streaming-api"}


def host_header(url: str) -> str:
    """Return the ``Host`` header that a client sends for ``url``: with the port unless it is the default."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def by_name(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields by their names in lower case; the last of several.

    Of two that say who may read the answer, both: no browser accepts them.
    """
    headers: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        again = key in headers and key.startswith("access-control-")
        headers[key] = f"{headers[key]}, {value}" if again else value
    return headers
