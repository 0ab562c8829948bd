"""Expand a compressed answer while it arrives, as browsers do."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from .moments import End, Ending, Head, Moment, Part

#: Bytes that are expanded at a time, so that nothing small becomes large at once.
PIECE = 1 << 16
#: RFC 9110, section 8.4.1.3: the two names of gzip. zlib's window with a gzip header.
GZIP, GZIP_WINDOW = ("gzip", "x-gzip"), 31


def coding_of(head: Head | None) -> str:
    """Return the coding of a compressed answer; empty for one that is not compressed."""
    coding = head.headers.get("content-encoding", "").strip().lower() if head else ""
    return "" if coding == "identity" else coding


async def expanded(moments: AsyncGenerator[Moment, None]) -> AsyncGenerator[Moment, None]:
    """Yield the moments of an exchange with the body as it was before gzip; other codings stay.

    A part that completes nothing brings no moment. What is expanded has the time at which it arrived.
    """
    decoder: _Gzip | None = None
    async with aclosing(moments):
        async for moment in moments:
            if isinstance(moment, Head) and coding_of(moment) in GZIP:
                decoder = _Gzip()
                kept = {name: value for name, value in moment.headers.items() if name != "content-encoding"}
                yield replace(moment, headers=kept)
            elif isinstance(moment, Part) and decoder:
                try:
                    for piece in decoder.feed(moment.data):
                        yield Part(moment.ns, piece)
                except zlib.error as failure:
                    yield End(moment.ns, Ending.CUT, f"what came is no gzip: {failure}")
                    return
            else:
                yield moment


class _Gzip:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(GZIP_WINDOW)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._zlib.eof:
            if piece := self._zlib.decompress(data, PIECE):
                yield piece
            data = self._zlib.unconsumed_tail
