"""Decoder of ``application/vnd.amazon.eventstream``, without any input or output of its own.

Encoding: "Event stream encoding", Amazon Transcribe Developer Guide, and Smithy's "Amazon event stream
format". All numbers are big-endian; the checksums are CRC-32.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError
from zlib import crc32

from lambda_streaming_aws.exceptions import StreamBroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Length of the message, length of its headers, checksum of these two.
_PRELUDE = Struct(">III")
_CRC = Struct(">I")
_STRING_LENGTH = Struct(">H")
# A message is at most 128 KiB of headers and 24 MiB of payload, as in botocore.
_MAX_HEADERS = 128 * 1024
_OVERHEAD = _PRELUDE.size + _CRC.size
_MAX_MESSAGE = 24 * 1024 * 1024 + _MAX_HEADERS + _OVERHEAD

# Type of a header's value to its length: true, false, byte, short, integer, long, then byte array and string,
# whose length comes first, then timestamp and UUID.
_STRING = 7
_LENGTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_WITH_LENGTH = {6, _STRING}


class Decoder:
    """Takes bytes as they come and gives messages as soon as they are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        # The headers of the last message, which nearly every other one has as well.
        self._encoded = b""
        self._headers: dict[str, str] = {}

    def feed(self, data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
        """Yield the headers that are strings, and the payload, of each message that ``data`` completes.

        :raises StreamBroken: when a checksum or a length is wrong
        """
        # of a message that comes in pieces; most come whole, and are not copied
        pieces = self._buffer
        pieces += data if pieces else b""
        buffer = pieces or data
        at = 0
        while len(buffer) - at >= _PRELUDE.size:
            length, headers_length, checksum = _PRELUDE.unpack_from(buffer, at)
            of_prelude = crc32(buffer[at : at + 8])
            if of_prelude != checksum:
                raise StreamBroken("the checksum of a message's prelude is wrong")
            if headers_length > _MAX_HEADERS or not _fits(length, headers_length):
                raise StreamBroken(f"a message of {length} bytes with {headers_length} of headers")
            if len(buffer) - at < length:
                break
            end = at + length - _CRC.size
            if crc32(buffer[at + 8 : end], of_prelude) != _CRC.unpack_from(buffer, end)[0]:
                raise StreamBroken("the checksum of a message is wrong")
            payload = at + _PRELUDE.size + headers_length
            encoded = buffer[at + _PRELUDE.size : payload]
            if encoded != self._encoded:
                self._headers, self._encoded = _headers(bytes(encoded)), bytes(encoded)
            at += length
            yield self._headers, bytes(buffer[payload:end])
        if not pieces:
            pieces += buffer[at:]
        elif at:
            del pieces[:at]


def _fits(length: int, headers_length: int) -> bool:
    return headers_length + _OVERHEAD <= length <= _MAX_MESSAGE


def _headers(data: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    at = 0
    try:
        while at < len(data):
            start = at + 1
            at = start + data[at]
            name, kind = data[start:at].decode(), data[at]
            at += 1
            if kind in _WITH_LENGTH:
                length = _STRING_LENGTH.unpack_from(data, at)[0]
                at += _STRING_LENGTH.size
            else:
                length = _LENGTHS[kind]
            if kind == _STRING:
                headers[name] = data[at : at + length].decode()
            at += length
    except (LookupError, ValueError, StructError) as error:
        raise StreamBroken("the headers of a message cannot be read") from error
    return headers
