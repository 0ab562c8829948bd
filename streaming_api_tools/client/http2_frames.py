"""Cut what an HTTP/2 server sends into frames, whatever it sends.

h2 waits for all of a frame before it looks at its length, and takes nothing more after a GOAWAY. By RFC 9113,
section 6.8, a server that ends a connection in order says GOAWAY and goes on with the answers that it began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError

#: RFC 9113, sections 4.1, 4.2 (the largest frame, since this client asks for no other), 6.2, 6.1 and 6.8.
FRAME_HEAD, MAX_FRAME = 9, 16 * 1024
GOAWAY = 0x7


class Frame(NamedTuple):
    """One frame, with its head."""

    kind: int
    wire: bytes


@dataclass
class FrameCutter:
    """Collects bytes until they are frames.

    >>> cutter, settings = FrameCutter(), bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    >>> [frame.kind for piece in (settings[:8], settings[8:]) for frame in cutter.feed(piece)]
    [4]
    """

    _rest: bytes = field(default=b"")
    _begun: bool = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take what came and yield the frames that are whole.

        :raises ProtocolError: by the head of a frame, before the rest of it is waited for
        """
        data = self._rest + data
        if not self._begun and data.startswith(b"HTTP/"):
            raise ProtocolError("the answer is one of HTTP/1: the server takes no HTTP/2 without TLS")
        start = 0
        try:
            while len(data) - start >= FRAME_HEAD:
                length = int.from_bytes(data[start : start + 3], "big")
                if length > MAX_FRAME:
                    raise ProtocolError(f"a frame of {length} bytes, where {MAX_FRAME} were agreed")
                end = start + FRAME_HEAD + length
                if end > len(data):
                    return
                wire, start, self._begun = data[start:end], end, True
                yield Frame(wire[3], wire)
        finally:
            self._rest = data[start:]


class Goaway(NamedTuple):
    """The end of a connection, as the server announced it.

    :param last: the last stream that it answers
    """

    last: int
    code: int

    def __str__(self) -> str:
        return f"GOAWAY with {code_name(self.code)}"


def read_goaway(frame: Frame) -> Goaway:
    """Return the content of a GOAWAY frame.

    :raises ProtocolError: for one that is too short
    """
    if len(frame.wire) < FRAME_HEAD + 8:
        raise ProtocolError("a GOAWAY frame without its error code")
    last = int.from_bytes(frame.wire[FRAME_HEAD : FRAME_HEAD + 4], "big") & 0x7FFF_FFFF
    return Goaway(last, int.from_bytes(frame.wire[FRAME_HEAD + 4 : FRAME_HEAD + 8], "big"))


def code_name(code: int) -> str:
    """Return an error code (RFC 9113, section 7) as curl prints it.

    >>> code_name(2), code_name(99)
    ('INTERNAL_ERROR (err 2)', 'an unknown code (err 99)')
    """
    names = {int(each): each.name for each in ErrorCodes}
    return f"{names.get(code, 'an unknown code')} (err {int(code)})"
