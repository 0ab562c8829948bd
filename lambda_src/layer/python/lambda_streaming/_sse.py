"""Encode the items of a stream: server-sent events for an SSE media type, else lines of JSON or text.

The format is WHATWG HTML, section 9.2 "Server-sent events".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Item: TypeAlias = "Mapping[str, object] | str | bytes | bytearray | memoryview | EventFields"

MEDIA_TYPE = "text/event-stream"
# The one heartbeat that all clients ignore: a named or empty event breaks some of them.
PING = b": ping\n\n"
EMPTY_COMMENT = b":\n\n"
NDJSON = {"application/jsonl", "application/ndjson", "application/x-ndjson"}
_EVENT_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")


class EventFields:
    """The fields of a server-sent event, which :class:`Event` checks."""

    __slots__ = ("data", "event", "id", "retry")

    data: Mapping[str, object] | str
    event: str | None
    id: str | None
    retry: int | None


def encode(item: Item, content_type: str) -> bytes:
    """Return an item of a stream as bytes of the content type.

    :raises TypeError: for an item that the content type has no form for
    """
    sse = content_type == MEDIA_TYPE or is_sse(content_type)
    if isinstance(item, dict):  # the most frequent item
        return utf8(f"data: {to_json(item)}\n\n" if sse else f"{to_json(item)}\n")
    if sse and isinstance(item, EventFields):
        head = "" if item.event is None else f"event: {item.event}\n"
        if item.id is not None:
            head += f"id: {item.id}\n"
        if item.retry is not None:
            head += f"retry: {item.retry}\n"
        data = item.data
        return utf8(f"{head}{data_lines(data) if isinstance(data, str) else f'data: {to_json(data)}'}\n\n")
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if isinstance(item, str):
        return utf8(f"{data_lines(item)}\n\n" if sse else item)
    if isinstance(item, Mapping):
        return encode(dict(item), content_type)
    takes = "dict, str, bytes or Event" if sse else "dict, str or bytes"
    raise TypeError(f"a stream of {content_type} takes {takes}, got {type(item).__name__}")


def missing_end(tail: bytes, content_type: str) -> bytes:
    """Return what ends the event or line that a stream was cut off in, given the last bytes of the stream."""
    if not tail:
        return b""
    if is_sse(content_type):
        return b"" if tail.endswith(_EVENT_ENDS) else b"\n\n"
    return b"" if essence(content_type) not in NDJSON or tail.endswith(b"\n") else b"\n"


def is_sse(content_type: str) -> bool:
    """Tell whether a content type is that of server-sent events, whatever its parameters."""
    return content_type == MEDIA_TYPE or essence(content_type) == MEDIA_TYPE


def essence(content_type: str) -> str:
    """Return the media type of a content type, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def data_lines(text: str) -> str:
    """Return the ``data:`` lines of a text, whatever ends its lines."""
    return "data: " + text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\ndata: ")


def utf8(text: str) -> bytes:
    """Return a text as UTF-8."""
    # A lone surrogate has no such form; one odd character is no reason to break off a stream.
    return text.encode("utf-8", "replace")


def _plain(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _json_encoder() -> Callable[[object], str]:
    """Return what encodes a value as JSON.

    ``JSONEncoder.encode`` makes an encoder in C for each value, which takes longer than to encode an event.
    Here it is made once, as long as Python has it in this form.
    """
    whole = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
    try:
        pieces = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, _plain, encode_basestring, None, ":", ",", False, False, False
        )
    except (AttributeError, TypeError):
        return whole.encode

    def encoded(value: object) -> str:
        try:
            return "".join(pieces(value, 0))
        except RecursionError:
            return whole.encode(value)  # whose error tells a circle from depth

    return encoded


to_json = _json_encoder()
