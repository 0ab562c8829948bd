"""Tell browsers which pages may read a response: the Fetch standard, "CORS protocol"."""

from __future__ import annotations

#: Names the members of the request that had no effect.
IGNORED = "x-streaming-api-ignored"
#: Names the number of a response that was not counted.
ESTIMATED = "x-streaming-api-estimated"
# What the JavaScript SDKs read of a response, in a page as well.
_EXPOSED = f"request-id, retry-after, {ESTIMATED}, {IGNORED}, x-request-id, x-should-retry, x-stream-id"


class CorsHeaders:
    """Headers for pages of the origins that the deployment allows.

    :param origins: origins with commas between them, or ``*``; None when no page may read anything
    :param credentials: ``true`` when a page may send cookies
    """

    def __init__(self, origins: str | None, credentials: str | None = None) -> None:
        self.origins = origins.split(",") if origins else []
        self._credentials = credentials == "true"

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of a response to a page of an origin."""
        if not self.origins:
            return {}
        headers = {"access-control-expose-headers": _EXPOSED}
        if len(self.origins) == 1:
            headers["access-control-allow-origin"] = self.origins[0]
        else:
            headers["vary"] = "origin"
            if origin not in self.origins:
                return headers
            headers["access-control-allow-origin"] = str(origin)
        if self._credentials:
            headers["access-control-allow-credentials"] = "true"
        return headers
