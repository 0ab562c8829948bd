"""Name the pages that may read a response: the Fetch standard, "CORS protocol".

API Gateway answers preflights; the response itself comes from the function, which has to name the origin.
The constructs write ``allow_origins`` and ``allow_credentials`` into the environment of bundled functions,
where :meth:`CorsHeaders.of` reads them.

Example::

    import os

    from lambda_streaming import stream
    from lambda_streaming_cors import CorsHeaders, origin_of

    CORS = CorsHeaders.of(os.environ)


    def handler(event, context):
        return stream(headers=CORS.headers(origin_of(event)))(answer)(event, context)


    def answer(event, context):
        yield {"n": 1}
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class CorsHeaders:
    """Headers for pages of the origins that the deployment allows.

    :param origins: origins with commas between them, or ``*``; None or empty when no page may read anything
    :param credentials: ``true`` when a page may send cookies
    :param exposed: response headers that pages may read, with commas between them. Default: - those that the
        Fetch standard calls safelisted
    """

    def __init__(self, origins: str | None, credentials: str | None = None, exposed: str = "") -> None:
        self.origins = origins.split(",") if origins else []
        self._credentials = credentials == "true"
        self._exposed = exposed

    @classmethod
    def of(cls, environ: Mapping[str, str], exposed: str = "") -> CorsHeaders:
        """Read what the constructs write into a function's environment.

        :param environ: has CORS_ALLOW_ORIGIN and CORS_ALLOW_CREDENTIALS where pages may read responses
        :param exposed: as for the class
        """
        return cls(environ.get("CORS_ALLOW_ORIGIN"), environ.get("CORS_ALLOW_CREDENTIALS"), exposed)

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of a response to a page.

        :param origin: of the page. None when the caller is no page
        """
        if not self.origins:
            return {}
        headers = {"vary": "origin"} if len(self.origins) > 1 else {}
        if headers and origin not in self.origins:
            return headers
        headers["access-control-allow-origin"] = str(origin) if headers else self.origins[0]
        if self._exposed:
            headers["access-control-expose-headers"] = self._exposed
        if self._credentials:
            headers["access-control-allow-credentials"] = "true"
        return headers


def origin_of(event: Mapping[str, object]) -> str | None:
    """Return the origin of the page that sends a request, or None when the caller is no page.

    :param event: the proxy event
    """
    headers = event.get("headers")
    if not isinstance(headers, dict):
        return None
    return next((value for name, value in headers.items() if name.lower() == "origin"), None)
