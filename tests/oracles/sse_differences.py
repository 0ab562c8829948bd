"""Where an oracle parts from the HTML standard, which our decoder follows, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.oracles.sse_readers import Reading
from tests.oracles.sse_streams import Stream


@dataclass(frozen=True)
class Difference:
    """One difference that is left.

    :param example: a stream that shows it
    :param left_out: how the streams begin that are not compared. Default: - only a part of each reading is
    """

    oracle: str
    name: str
    example: bytes
    why: str
    left_out: bytes | None = None


DIFFERENCES = [
    Difference(
        "httpx-sse",
        "event without data",
        b"event: ping\n\n",
        "it reports an event whose data is empty; the standard dispatches none. Both are left out",
    ),
    Difference(
        "httpx-sse",
        "byte order mark",
        b"\xef\xbb\xbfdata: 1\n\n",
        "it takes the mark for a part of the first line; such streams are left out",
        b"\xef\xbb\xbf",
    ),
    Difference(
        "Chromium",
        "empty line after a byte order mark",
        b"\xef\xbb\xbf\ndata: 1\n\n",
        "it loses the line that follows (seen in 153); such streams are left out",
        b"\xef\xbb\xbf[\r\n]",
    ),
]


def compared(oracle: str, stream: Stream, reading: Reading) -> Reading:
    """Return what is compared of a reading."""
    for each in DIFFERENCES:
        if each.oracle == oracle and each.left_out and re.match(each.left_out, stream.data):
            return []
    return [event for event in reading if event[1] or oracle != "httpx-sse"]
