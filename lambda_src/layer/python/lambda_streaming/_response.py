"""Describe a response, and encode its status, headers and cookies as the prelude that Lambda wants."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence
    from typing import Protocol, TypeAlias

    from ._errors import HTTPError
    from ._sse import Item

    Headers: TypeAlias = Mapping[str, str | Sequence[str]]
    Body: TypeAlias = Mapping[str, object] | str | bytes | Iterable[Item] | AsyncIterable[Item]

    class Sink(Protocol):
        """The destination of a response: the Runtime API, or a list."""

        def open(self, prelude: Prelude) -> None: ...
        def write(self, data: bytes) -> None: ...
        def close(self) -> None: ...
        def fail(self, error: BaseException) -> None: ...
        def limit(self, seconds: float) -> None: ...
        def cut(self) -> bool: ...
        def drop(self) -> None: ...


# "API Gateway Developer Guide", response-transfer-mode-lambda: the delimiter ends within the first 16 KB of
# the stream.
DELIMITER = b"\0" * 8
MAX_PRELUDE = 16 * 1024

# RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
WITHOUT_BODY = {204, 205, 304}

# No cache may keep a stream, and no proxy may hold it back.
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}

# RFC 9110, sections 5.1 and 5.5; what is beyond Latin-1 has no form in a field value.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# Iterables whose elements are no values.
_NOT_SEVERAL = (str, bytes, bytearray, memoryview, Mapping)
# Of a content-length: more than any response has, and no more than int() takes.
_MOST_DIGITS = 18
# RFC 9110, section 7.6.1: these are about one connection, and API Gateway has its own with the client. They
# are left out.
_OF_THE_CONNECTION = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class Response:
    """A response with a status, headers and cookies of its own.

    Example::

        return Response(201, {"location": "/reports/7"}, body=({"row": row} for row in rows))

    :param status: HTTP status, 200 to 599
    :param headers: header names to a value or to several values; ``set-cookie`` is sent as cookies. Default:
        - none
    :param cookies: ``Set-Cookie`` values. Default: - none
    :param body: bytes, a string, a mapping, or an iterable or async iterable of items. Default: - empty

    The content type is ``application/octet-stream`` for bytes, ``text/plain`` for a string,
    ``application/json`` for a mapping and the decorator's media type for an iterable, unless ``headers`` has
    one. An iterable may replace ``headers`` before its first item; they count unless a heartbeat has sent the
    head already.
    """

    __slots__ = ("body", "cookies", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        headers: Headers | None = None,
        cookies: Sequence[str] = (),
        body: Body = b"",
    ) -> None:
        self.status = status
        self.headers: Headers = headers or {}
        self.cookies = cookies
        self.body = body


class Prelude:
    """The validated head of a response, in the form of Lambda's HTTP integration response.

    ``encoded`` is the JSON that goes before the delimiter, ``content_length`` what the handler has declared,
    and ``content_type`` is empty when there is none.

    :raises TypeError: for a status that is no whole number, and a header or a cookie that is no string
    :raises ValueError: for a status or a header that cannot be sent, and for more than API Gateway takes
    """

    __slots__ = (
        "content_length",
        "content_type",
        "cookies",
        "encoded",
        "headers",
        "multi_value_headers",
        "status",
    )

    def __init__(self, status: int, headers: Headers, cookies: Sequence[str] = ()) -> None:
        if not isinstance(status, int) or isinstance(status, bool):
            raise TypeError(f"status of a response must be a whole number, got {status!r}")
        if not 200 <= status <= 599:
            raise ValueError(f"status of a response must be 200 to 599, got {status}")
        self.status = status
        self.headers: dict[str, str] = {}
        self.multi_value_headers: dict[str, list[str]] = {}
        if isinstance(cookies, _NOT_SEVERAL) or not isinstance(cookies, Iterable):
            raise TypeError(f"cookies of a response must be several strings, got {cookies!r}")
        self.cookies = [_checked("set-cookie", cookie) for cookie in cookies]
        for field, value in headers.items():
            name = field.lower()
            if name in _OF_THE_CONNECTION:
                continue
            values = [_checked(name, each) for each in _several(name, value)]
            if name == "set-cookie":
                self.cookies += values
            elif len(values) == 1:
                self.headers[name] = values[0]
            elif values:
                self.multi_value_headers[name] = values
        if "content-type" in self.multi_value_headers:
            raise ValueError("content-type must be set once")
        self.content_type = self.headers.get("content-type", "")
        self.content_length = self._content_length()
        self.encoded = self._encode()

    def _content_length(self) -> int | None:
        # RFC 9110, section 8.6
        if "content-length" in self.multi_value_headers:
            raise ValueError("content-length must be set once")
        value = self.headers.get("content-length")
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
            raise ValueError(f"content-length must be a number of bytes, got {value!r}")
        return int(value)

    def _encode(self) -> bytes:
        head: dict[str, object] = {"statusCode": self.status, "headers": self.headers}
        if self.multi_value_headers:
            head["multiValueHeaders"] = self.multi_value_headers
        if self.cookies:
            head["cookies"] = self.cookies
        # ASCII, so that neither a NUL nor a byte sequence that looks like the delimiter can stand in it.
        encoded = json.dumps(head, separators=(",", ":")).encode("ascii")
        if len(encoded) + len(DELIMITER) > MAX_PRELUDE:
            raise ValueError(
                f"status, headers and cookies must fit {MAX_PRELUDE} bytes as JSON, got {len(encoded)}"
            )
        return encoded


def _several(name: str, value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable) and not isinstance(value, _NOT_SEVERAL):
        return value
    raise TypeError(f"value of header {name!r} must be a string or several, got {value!r}")


def _checked(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"value of header {name!r} must be a string or several, got {value!r}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"header name {name!r} is no token of RFC 9110")
    if name == "content-encoding":
        raise ValueError("content-encoding cannot be set: API Gateway streams no encoded content")
    if not _VALUE.fullmatch(value):
        raise ValueError(
            f"value of header {name!r} must be Latin-1 without control characters, got {value!r}"
        )
    return value


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
        self._headers = lowered(headers or {})
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
        together |= self._headers
        together |= lowered(headers or {})
        return Prelude(self.status if status is None else status, together, cookies)

    def adding(self, headers: Mapping[str, str], *, silent: bool = False) -> Options:
        """Return the same options with further headers of every response.

        :param silent: whether no comment keeps the response alive. Default: False
        """
        added = object.__new__(Options)  # what is there is checked, and each request would pay for it again
        added.__dict__.update(self.__dict__)
        added._headers = {**self._headers, **headers}
        if silent:
            added.grace = added.heartbeat = None
        return added

    def error_prelude(self, error: HTTPError, request_id: str | None) -> Prelude:
        """Return the head of an error's response, without headers of its own if they cannot be sent."""
        for headers in (error.headers, {}):
            try:
                return self._error_prelude(error.status, headers, request_id)
            except Exception:  # noqa: S112 - an error must not be lost because of what comes with it
                continue
        return self._error_prelude(500, {}, request_id)

    def _error_prelude(self, status: int, headers: Headers, request_id: str | None) -> Prelude:
        # the decorator's headers may have the content type and the length of what the handler would have said
        own = {"content-type": "application/json", **lowered(headers), "content-length": ()}
        return self.prelude(request_id, status=status, headers=own)


def content_type_of(body: Body) -> str | None:
    """Return the content type that a body calls for by itself, which is none at all for an empty one."""
    if isinstance(body, (bytes, bytearray, memoryview, str)) and not body:
        return ""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return "application/octet-stream"
    if isinstance(body, str):
        return "text/plain; charset=utf-8"
    return "application/json" if isinstance(body, Mapping) else None


def lowered(headers: Headers) -> dict[str, str | Sequence[str]]:
    """Return headers by their names in lower case; one that has several spellings has all their values.

    :raises TypeError: for headers that do not map strings
    """
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must map names to values, got {type(headers).__name__}")
    together: dict[str, str | Sequence[str]] = {}
    for name, value in headers.items():
        if not isinstance(name, str):
            raise TypeError(f"name of a header must be a string, got {name!r}")
        key = name.lower()
        if key in together:
            value = [*_several(key, together[key]), *_several(key, value)]
        together[key] = value
    return together
