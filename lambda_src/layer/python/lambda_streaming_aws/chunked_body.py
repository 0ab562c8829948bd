"""Read a body in chunks: RFC 9112, section 7.1. ``http.client`` takes a dozen calls for each chunk."""

from __future__ import annotations

from http.client import IncompleteRead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.client import HTTPResponse
    from socket import socket

# Larger than any event that holds text, so that each one takes one read.
READ_SIZE = 64 * 1024
# Of the size of a chunk, and of a trailer.
_LONGEST_LINE = 64 * 1024


class ChunkedBody:
    """A body in chunks, as it comes.

    :param response: of which nothing but the head is read; closed once the end of its body is there
    :param connection: where the body comes from
    """

    def __init__(self, response: HTTPResponse, connection: socket) -> None:
        self._response = response
        self._connection = connection
        # What came with the head is not in the socket any more.
        self._first = True
        # The beginning of a line.
        self._line = b""
        # Of the chunk that has begun, with the line end after it.
        self._left = 0
        self._trailers = False

    def read(self) -> bytes:
        """Return what there is of the body, at least a byte; nothing at its end.

        :raises IncompleteRead: when the connection ends before, or this is no body in chunks
        """
        while not self._response.isclosed():
            if self._first:
                self._first = False
                data = self._response.fp.read1(READ_SIZE)
            else:
                data = self._connection.recv(READ_SIZE)
            if not data:
                raise IncompleteRead(b"")
            if body := self._body(self._line + data):
                return body
        return b""

    def _body(self, data: bytes) -> bytes:
        parts, at, end = [], 0, len(data)
        self._line = b""
        while at < end:
            if self._left:
                began, at = at, min(at + self._left, end)
                self._left -= at - began
                # the line end is no part of it, and may be all that is left of the chunk
                parts.append(data[began : max(began, at - max(0, 2 - self._left))])
                continue
            line_end = data.find(b"\r\n", at)
            if line_end < 0:
                self._line = data[at:]
                break
            line, at = data[at:line_end], line_end + 2
            if not self._trailers:
                self._begin_chunk(line)
            elif not line:
                self._end(whole=at == end)
                break
        if len(self._line) > _LONGEST_LINE:
            raise IncompleteRead(b"")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _begin_chunk(self, line: bytes) -> None:
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if size < 0:
            raise IncompleteRead(b"")
        self._trailers = size == 0
        self._left = size + 2 if size else 0

    def _end(self, *, whole: bool) -> None:
        if not whole:  # nobody asked for what follows
            raise IncompleteRead(b"")
        self._response.close()
