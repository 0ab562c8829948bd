"""Events of Bedrock to ``application/vnd.amazon.eventstream``, as the SDKs of AWS read it.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from binascii import b2a_base64
from zlib import crc32

from ..errors import client_error
from ..header_names import SPENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from lambda_streaming import HTTPError

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
# Both lengths, and the checksums of them and of the whole message.
_OVERHEAD = 16
_LENGTHS, _CRC = struct.Struct("!II"), struct.Struct("!I")
# Status -> the exception that both streams of the service model have; the SDKs know no other.
MEMBERS = {
    400: "validationException",
    429: "throttlingException",
    502: "modelStreamErrorException",
    503: "serviceUnavailableException",
}
OTHER = "internalServerException"
# Status -> the error of the service model, which the SDKs read from a header.
ERRORS = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


def frame(payload: bytes, **headers: str) -> bytes:
    """Return one message; headers have underscores for hyphens and no colon before them."""
    return _message(payload, _encoded(headers))


def _encoded(headers: Mapping[str, str]) -> bytes:
    return b"".join(_header(f":{name.replace('_', '-')}", value) for name, value in headers.items())


def _message(payload: bytes, headers: bytes) -> bytes:
    lengths = _LENGTHS.pack(len(headers) + len(payload) + _OVERHEAD, len(headers))
    message = b"".join((lengths, _CRC.pack(crc32(lengths)), headers, payload))
    return message + _CRC.pack(crc32(message))


class Frames:
    """The messages of events.

    :param events: each with its one member
    """

    def __init__(self, events: Iterable[Mapping[str, Any]]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[bytes]:
        """Yield a message for each event."""
        # of the last message, which nearly every other one has as well
        last: str | None = None
        headers = b""
        for event in self._events:
            (name, members), *_ = event.items()
            if name != last:
                kind = {"event_type": name, "content_type": "application/json", "message_type": "event"}
                last, headers = name, _encoded(kind)
            yield _message(_json(members).encode(), headers)

    def last_event(self, error: BaseException) -> bytes:
        """Return the message that makes an SDK raise what Bedrock's own exception would.

        An SDK takes the end of the bytes for the end of the answer.
        """
        told = client_error(error)
        payload = json.dumps({"message": told.message}).encode()
        name = MEMBERS.get(told.status, OTHER)
        return frame(payload, exception_type=name, content_type="application/json", message_type="exception")


def translate_error(error: HTTPError) -> None:
    """Name an error before the stream as Bedrock does."""
    name = ERRORS.get(error.status, "InternalServerException")
    if error.code == SPENT:
        name = "ServiceQuotaExceededException"
        # AWS's SDK for JavaScript would sleep until then and ask again: StandardRetryStrategy of @smithy
        error.headers.pop("retry-after", None)
    error.headers["x-amzn-errortype"] = name
    # the errors of AWS's REST-JSON protocol have it there
    error.members["message"] = error.message


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(text)) + text


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


_json = json.JSONEncoder(default=_base64, separators=(",", ":")).encode
