"""Take chunks of a chunked body (RFC 9112, section 7.1) as they come, and leave the unusual ones to h11.

h11 makes an event of each chunk, which costs more than all the rest of its way. A chunk that came whole,
without extensions, needs no state: h11 would read it in the same way. All other bytes, right or wrong, are
for h11 to judge.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import SupportsIndex

CRLF = b"\r\n"
#: No more digits than any chunk in memory needs; h11 allows 20.
HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")


def take_chunks(data: bytes, take: Callable[[bytes], bool]) -> bytes:
    r"""Give one chunk after the other away and return the rest of the bytes.

    The rest begins with what is no chunk, not whole, or not taken; the last chunk, of no size, is in it.

    >>> taken = []
    >>> take_chunks(b"3\r\none\r\n5;x=y\r\nother\r\n", lambda chunk: not taken.append(chunk)), taken
    (b'5;x=y\r\nother\r\n', [b'one'])
    """
    at, length = 0, len(data)
    while at < length and (head := HEAD.match(data, at)) and (size := int(head[1], 16)):
        begin = head.end()
        end = begin + size
        if data[end : end + 2] != CRLF or not take(data[begin:end]):
            break
        at = end + 2
    return data[at:]


class DirectReader(asyncio.StreamReader):
    """A StreamReader that can give data away at once.

    Who reads from a StreamReader gets data in another turn of the event loop, behind all else that came in
    this one.
    """

    _direct: Callable[[bytes], bytes] | None = None

    async def read_behind(self, direct: Callable[[bytes], bytes], size: int) -> bytes:
        """Return the next data that is not taken, as ``read`` does.

        :param direct: takes from the front of what comes, while this waits, and returns the rest
        """
        self._direct = direct
        try:
            return await self.read(size)
        finally:
            self._direct = None

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """Take data from the socket."""
        if self._direct is not None:
            # there is nothing before it: a reader waits for nothing else
            data = self._direct(bytes(data))
            if not data:
                return
            self._direct = None
        super().feed_data(data)
