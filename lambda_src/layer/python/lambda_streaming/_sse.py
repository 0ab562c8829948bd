"""Encode the items of a stream: server-sent events for an SSE media type, else lines of JSON or text.

The format is WHATWG HTML, section 9.2 "Server-sent events".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress

from ._errors import error_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Item: TypeAlias = "Mapping[str, object] | str | bytes | bytearray | memoryview | Event"

MEDIA_TYPE = "text/event-stream"
# The one heartbeat that all clients ignore: a named or empty event breaks some of them.
PING = b": ping\n\n"
EMPTY_COMMENT = b":\n\n"

NDJSON = {"application/jsonl", "application/ndjson", "application/x-ndjson"}
_LINE_END = re.compile("\r\n|\r|\n")
_EVENT_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
# What a timer of 32 bits holds, as browsers have them: nearly 25 days.
_LONGEST_RETRY = 2**31 - 1


class Event:
    """One server-sent event.

    Example::

        yield Event({"stopReason": "end_turn"}, event="done")

    :param data: a mapping is sent as JSON, a string as it is, on as many ``data:`` lines as it has
    :param event: name of the event. Default: - none, which browsers call ``message``
    :param id: id of the event, which browsers send back in ``Last-Event-ID``. Default: - none
    :param retry: how long browsers wait before they reconnect, in milliseconds, 0 to 2147483647. Default: -
        the browser's choice
    :raises TypeError: for a name or an id that is no string, or a ``retry`` that is no whole number
    :raises ValueError: for a name or an id that spans lines, or a ``retry`` out of range
    """

    __slots__ = ("data", "event", "id", "retry")

    def __init__(
        self,
        data: Mapping[str, object] | str,
        *,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
    ) -> None:
        for field, value in (("event", event), ("id", id)):
            if value is None:
                continue
            if not isinstance(value, str):
                raise TypeError(f"{field} of an Event must be a string, got {value!r}")
            if any(char in value for char in "\r\n\0"):
                raise ValueError(f"{field} of an Event must be one line without NUL, got {value!r}")
        if retry is not None:
            if not isinstance(retry, int) or isinstance(retry, bool):
                raise TypeError(f"retry of an Event must be whole milliseconds, got {retry!r}")
            if not 0 <= retry <= _LONGEST_RETRY:
                raise ValueError(f"retry of an Event must be 0 to {_LONGEST_RETRY} ms, got {retry}")
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry

    def encode(self) -> bytes:
        """Return the event as it goes over the wire, with the blank line that ends it."""
        lines = []
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        text = self.data if isinstance(self.data, str) else _json(self.data)
        lines.extend(f"data: {line}" for line in _LINE_END.split(text))
        return _utf8("\n".join(lines) + "\n\n")


def is_sse(content_type: str) -> bool:
    """Tell whether a content type is that of server-sent events, whatever its parameters."""
    return essence(content_type) == MEDIA_TYPE


def encode(item: Item, content_type: str) -> bytes:
    """Return an item of a stream as bytes of the content type.

    :raises TypeError: for an item that the content type has no form for
    """
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if is_sse(content_type):
        if isinstance(item, Event):
            return item.encode()
        if isinstance(item, (str, dict, Mapping)):
            return Event(item).encode()
    elif isinstance(item, str):
        return _utf8(item)
    elif isinstance(item, (dict, Mapping)):
        return _utf8(_json(item) + "\n")
    takes = "dict, str, bytes or Event" if is_sse(content_type) else "dict, str or bytes"
    raise TypeError(f"a stream of {content_type} takes {takes}, got {type(item).__name__}")


def encode_error(
    error: BaseException,
    content_type: str,
    request_id: str | None,
    last_event: Callable[[BaseException], bytes] | None = None,
) -> bytes:
    """Return the last event of a stream that failed, or nothing when the content type cannot carry one.

    An error may bring its own, ``last_event``, for a protocol with a strict schema, and so may the body, in
    any content type.

    :param last_event: makes that of the body. Default: - the body has none of its own
    """
    own: bytes | None = getattr(error, "last_event", None) if is_sse(content_type) else None
    with suppress(Exception):  # the error itself must be told all the same
        own = own or (last_event and last_event(error))
    if own:
        return own
    if is_sse(content_type):
        return b"event: error\ndata: %b\n\n" % error_json(error, request_id)
    return error_json(error, request_id) + b"\n" if essence(content_type) in NDJSON else b""


def missing_end(tail: bytes, content_type: str) -> bytes:
    """Return what ends the event or line that a stream was cut off in, given the last bytes of the stream."""
    if not tail:
        return b""
    if is_sse(content_type):
        return b"" if tail.endswith(_EVENT_ENDS) else b"\n\n"
    return b"" if essence(content_type) not in NDJSON or tail.endswith(b"\n") else b"\n"


def essence(content_type: str) -> str:
    """Return the media type of a content type, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _plain(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode


def _utf8(text: str) -> bytes:
    # A lone surrogate has no UTF-8 form; one odd character is no reason to break off a stream.
    return text.encode("utf-8", "replace")
