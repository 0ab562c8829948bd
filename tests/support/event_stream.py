"""Write messages of ``application/vnd.amazon.eventstream``: https://smithy.io/2.0/aws/amazon-eventstream.html."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from zlib import crc32


def message(payload: bytes, **headers: str) -> bytes:
    """Return one message, whose headers are all strings; ``_`` in a header's name stands for ``-``."""
    block = b"".join(_header(f":{name.replace('_', '-')}", value) for name, value in headers.items())
    lengths = struct.pack(">II", len(block) + len(payload) + 16, len(block))
    body = lengths + struct.pack(">I", crc32(lengths)) + block + payload
    return body + struct.pack(">I", crc32(body))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(text)) + text


def event(kind: str, payload: Mapping[str, object]) -> bytes:
    """Return an event with a payload of JSON."""
    body = json.dumps(payload).encode()
    return message(body, message_type="event", event_type=kind, content_type="application/json")


def exception(kind: str, payload: Mapping[str, object]) -> bytes:
    """Return an exception inside the stream."""
    body = json.dumps(payload).encode()
    return message(body, message_type="exception", exception_type=kind, content_type="application/json")
