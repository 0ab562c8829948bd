"""Guards the server of the page: it signs with the user's credentials, so only the page itself may use it.

Other pages in the same browser can send requests to loopback, and a host name of theirs can be made to lead
there ("DNS rebinding"). Other people on the machine can connect as well. Hence three conditions: the ``Host``
is ours, the origin is ours (https://fetch.spec.whatwg.org/#origin-header,
https://www.w3.org/TR/fetch-metadata/), and the request has the secret of this run, which only the link in the
terminal has.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..client.http_fields import host_header
from ..initiator import Initiator, initiator_of

#: A header that no form and no simple cross-origin request can have.
TOKEN_HEADER = "X-Streaming-Api-Token"  # noqa: S105 - the name of the header


@dataclass(frozen=True)
class Guard:
    """The conditions of one run.

    :param origin: of the page, such as ``http://127.0.0.1:8000``
    :param token: the secret of the run
    """

    origin: str
    token: str = field(repr=False)

    def against_reading(self, headers: Mapping[str, str]) -> str | None:
        """Return why a file of the page, which has no secret, is not handed out, or None."""
        if headers.get("Host") != host_header(self.origin):
            return f"this server is {host_header(self.origin)}"
        return None

    def against_use(self, headers: Mapping[str, str]) -> str | None:
        """Return why a request that the page's server would act on is refused, or None."""
        if refused := self.against_reading(headers):
            return refused
        if initiator_of(headers, self.origin) > Initiator.SAME_ORIGIN:
            return "requests from other pages are refused"
        # surrogates are how aiohttp has the bytes that are not UTF-8
        given = headers.get(TOKEN_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self.token.encode()):
            return "open the page by the link that `streaming-api open` printed last"
        return None
