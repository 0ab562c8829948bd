"""Encode the head of a response (status, headers, cookies) as the prelude that Lambda wants.

The heads of most responses need no more than this module; :mod:`_unusual_head` has the rest of the rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Headers: TypeAlias = Mapping[str, str | Sequence[str]]

# "API Gateway Developer Guide", response-transfer-mode-lambda: the delimiter ends within the first 16 KB of
# the stream.
DELIMITER = b"\0" * 8
MAX_PRELUDE = 16 * 1024

# RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
WITHOUT_BODY = {204, 205, 304}

# No cache may keep a stream, and no proxy may hold it back.
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}

# RFC 9110, section 7.6.1: these are about one connection, and API Gateway has its own with the client. They
# are left out.
OF_THE_CONNECTION = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_WITH_RULES = {"content-encoding", "content-length", "set-cookie", *OF_THE_CONNECTION}


class Prelude:
    """The validated head of a response, in the form of Lambda's HTTP integration response.

    ``encoded`` is the JSON that goes before the delimiter, ``content_length`` what the handler has declared,
    and ``content_type`` is empty when there is none.

    :raises TypeError: for a status that is no whole number, and a header or a cookie that is no string
    :raises ValueError: for a status or a header that cannot be sent, and for more than API Gateway takes
    """

    def __init__(self, status: int, headers: Headers, cookies: Sequence[str] = ()) -> None:
        self.status = status
        self.content_length: int | None = None
        head: dict[str, object] = {"statusCode": status, "headers": dict(headers)}
        if type(status) is not int or not 200 <= status <= 599 or cookies != () or not _usual(headers):
            from ._unusual_head import checked

            head, self.content_length = checked(status, headers, cookies, OF_THE_CONNECTION)
        self.headers: dict[str, str] = head["headers"]  # type: ignore[assignment]
        self.multi_value_headers: dict[str, list[str]] = head.get("multiValueHeaders", {})  # type: ignore[assignment]
        self.cookies: list[str] = head.get("cookies", [])  # type: ignore[assignment]
        self.content_type = self.headers.get("content-type", "")
        # ASCII, so that neither a NUL nor a byte sequence that looks like the delimiter can stand in it.
        self.encoded = json.dumps(head, separators=(",", ":")).encode("ascii")
        if len(self.encoded) + len(DELIMITER) > MAX_PRELUDE:
            got = len(self.encoded)
            raise ValueError(f"status, headers and cookies must fit {MAX_PRELUDE} bytes as JSON, got {got}")


def _usual(headers: Headers) -> bool:
    """Tell whether headers are plain strings, under names of letters and hyphens that no rule is about."""
    return all(
        type(value) is str
        and value.isascii()
        and value.isprintable()
        and name.isascii()
        and name.islower()
        and name.replace("-", "_").isidentifier()
        and name not in _WITH_RULES
        for name, value in headers.items()
    )


class Options:
    """The options of a decorated handler, checked when it is decorated rather than when it is called.

    :raises ValueError: for an option out of range, and for a status or a header that cannot be sent
    """

    def __init__(
        self,
        *,
        media_type: str,
        status: int = 200,
        headers: Headers | None = None,
        grace: float | None,
        heartbeat: float | None,
        margin: float,
    ) -> None:
        for name, value in (("grace", grace), ("heartbeat", heartbeat), ("margin", margin)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be more than 0 seconds, got {value}")
        self.media_type = media_type
        self.status = status
        self.grace = grace
        self.heartbeat = heartbeat
        self.margin = margin
        self.headers = lowered(headers or {})
        self.prelude(None)

    def prelude(
        self,
        request_id: str | None,
        *,
        status: int | None = None,
        headers: Headers | None = None,
        cookies: Sequence[str] = (),
        content_type: str | None = None,
    ) -> Prelude:
        """Return the head of a response, whose own headers go over the decorator's.

        :param content_type: used if no headers have one; empty for none. Default: - the decorator's media
            type
        """
        together: dict[str, str | Sequence[str]] = {}
        if chosen := self.media_type if content_type is None else content_type:
            together["content-type"] = chosen
        if request_id:
            # Clients of OpenAI's API look for the one, clients of Anthropic's for the other.
            together |= {"x-request-id": request_id, "request-id": request_id}
        together |= self.headers
        if headers:
            together |= lowered(headers)
        return Prelude(self.status if status is None else status, together, cookies)


def lowered(headers: Headers) -> dict[str, str | Sequence[str]]:
    """Return headers by their names in lower case; one that has several spellings has all their values.

    :raises TypeError: for headers that do not map strings
    """
    if isinstance(headers, Mapping):
        together = {name.lower(): value for name, value in headers.items() if isinstance(name, str)}
        if len(together) == len(headers):
            return together
    from ._unusual_head import joined

    return joined(headers)
