"""Read an answer of HTTP/1.1 as it comes: RFC 9112.

``http.client`` does it as well, but imports the parser of mails, which would be a tenth of the chat
function's cold start, and takes a dozen calls for each chunk.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

# Larger than any event that holds text, so that each one takes one read; TLS has no longer records. As many
# bytes are reserved for each read.
READ_SIZE = 16 * 1024
# Of a head, of the size of a chunk, and of a trailer.
_LONGEST = 64 * 1024
_WITHOUT_BODY = {204, 304}


class BrokenAnswer(Exception):
    """An answer ended too early, or is none of HTTP/1.1."""


class HttpAnswer:
    """An answer whose head has been read once this is made.

    ``headers`` have names in lower case. ``ended`` is true once the end of the body is there, and
    ``keeps_connection`` where another request may follow then.

    :param connection: where it comes from
    :raises BrokenAnswer: for a head that is none
    :raises ConnectionResetError: when the connection ends without a byte of an answer
    """

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        # What has come and is not looked at yet: at first, what came with the head.
        self._data = b""
        head = self._head()
        while head[1] < 200:  # RFC 9110, section 15.2: any number of them may come before the answer
            head = self._head()
        version, self.status, self.headers = head
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        # Of the chunk that has begun, with the line end after it, or of the body. None: all until the end.
        self._left: int | None = 0
        if not self._chunked and self.status not in _WITHOUT_BODY:
            length = self.headers.get("content-length", "")
            self._left = int(length) if length.isascii() and length.isdigit() else None
        self._in_trailers = False
        said = self.headers.get("connection", "").lower()
        stays = "close" not in said if version == "HTTP/1.1" else "keep-alive" in said
        self.keeps_connection = stays and self._left is not None
        self.ended = self._left == 0 and not self._chunked

    def read(self) -> bytes:
        """Return what there is of the body, at least a byte; nothing at its end.

        :raises BrokenAnswer: when the connection ends before, or this is no such body
        """
        data, self._data = self._data, b""
        take = self._of_chunks if self._chunked else self._of_length
        while not self.ended:
            if data and (body := take(data)):
                return body
            if not self.ended:
                data = self._connection.recv(READ_SIZE)
                if not data:
                    return self._no_more()
                if self._data:  # the beginning of a line
                    data, self._data = self._data + data, b""
        return b""

    def _head(self) -> tuple[str, int, dict[str, str]]:
        data = self._data
        while b"\r\n\r\n" not in data:
            more = self._connection.recv(READ_SIZE)
            if not more and not data:
                raise ConnectionResetError("the connection ended without an answer")
            data += more
            if not more or len(data) > _LONGEST:
                raise BrokenAnswer("the head of the answer has no end")
        head, _, self._data = data.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, _, status = status_line.partition(" ")
        fields = [line.partition(":") for line in lines]
        code = status[:3]
        known = version.startswith("HTTP/1.") and code.isdecimal() and code >= "100" and len(code) == 3
        if not known or not all(field[1] for field in fields):
            raise BrokenAnswer("the head of the answer is none of HTTP/1.1")
        return version, int(code), {name.strip().lower(): value.strip() for name, _, value in fields}

    def _of_length(self, data: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:  # nobody asked for what follows
                raise BrokenAnswer("the answer is longer than its length")
            self.ended = self._left == 0
        return data

    def _no_more(self) -> bytes:
        if self._left is not None or self._chunked:
            raise BrokenAnswer("the connection ended before the answer")
        self.ended = True
        return b""

    def _of_chunks(self, data: bytes) -> bytes:
        parts, at, end = [], 0, len(data)
        left = self._left or 0
        if not left and not self._in_trailers:
            # nearly always there is one chunk, and the whole of it
            line, found, chunk = data.partition(b"\r\n")
            try:
                if found and 0 < int(line, 16) == len(chunk) - 2:
                    return chunk[:-2]
            except ValueError:
                pass
        while at < end:
            if left:
                began, at = at, min(at + left, end)
                left -= at - began
                # the line end is no part of it, and may be all that is left of the chunk
                parts.append(data[began : max(began, at - max(0, 2 - left))])
                continue
            line_end = data.find(b"\r\n", at)
            if line_end < 0:
                self._data = data[at:]
                break
            line, at = data[at:line_end], line_end + 2
            if not self._in_trailers:
                left = self._size(line)
            elif not line:
                self.ended = True
                if at < end:  # nobody asked for what follows
                    raise BrokenAnswer("the answer is longer than its chunks")
        self._left = left
        if len(self._data) > _LONGEST:
            raise BrokenAnswer("a line between chunks has no end")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _size(self, line: bytes) -> int:
        """Return the size of the chunk that a line begins, with the line end after it."""
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if size < 0:
            raise BrokenAnswer("the size of a chunk is none")
        self._in_trailers = size == 0
        return size + 2 if size else 0
