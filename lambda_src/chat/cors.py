"""Which pages may read a response: the Fetch standard, "CORS protocol"."""

from __future__ import annotations

# What the JavaScript SDKs read of a response, in a page as well.
_EXPOSED = "request-id, retry-after, x-request-id, x-should-retry"


class Cors:
    """The origins that the function is told of.

    :param origins: origins with commas between them, or ``*``; None when no page may read anything
    :param credentials: ``true`` when a page may send cookies
    """

    def __init__(self, origins: str | None, credentials: str | None = None) -> None:
        self._origins = origins.split(",") if origins else []
        self._credentials = credentials == "true"

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of a response to a page of an origin."""
        if not self._origins:
            return {}
        headers = {"access-control-expose-headers": _EXPOSED}
        if len(self._origins) == 1:
            headers["access-control-allow-origin"] = self._origins[0]
        else:
            headers["vary"] = "origin"
            if origin not in self._origins:
                return headers
            headers["access-control-allow-origin"] = str(origin)
        if self._credentials:
            headers["access-control-allow-credentials"] = "true"
        return headers
