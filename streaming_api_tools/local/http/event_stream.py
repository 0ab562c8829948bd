"""Encode ``application/vnd.amazon.eventstream`` messages.

https://smithy.io/2.0/aws/amazon-eventstream.html: total length, headers length, CRC-32 of these two; headers;
payload; CRC-32 of all before it. All numbers are big-endian.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STRING = 7
#: Both length fields, and the two checksums.
OVERHEAD = 16


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one message with string headers."""
    fields = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack(">II", len(fields) + len(payload) + OVERHEAD, len(fields))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + fields + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack(">B", len(name)) + name + struct.pack(">BH", STRING, len(value)) + value
