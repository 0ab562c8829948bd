"""The streams that other decoders read besides ours: examples, and seeded random bytes."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

#: How many random streams there are, and where they begin: the same ones in each run.
RANDOM_STREAMS = 600
SEED = 15
#: What a random stream is made of; a few of them are cut in the middle.
PIECES = [
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"),
    *(b"data", b"data:", b"data: a", b"data:  b", b"data:a:b", b"Data: x", b" data: x", b"data : x"),
    *(b"data: \0", b"data:\t", b"data: a\x0bb\x0cc", "data: \u0085\u2028\u2029".encode()),
    *("data: \u6f22\U0001f642".encode(), b"data: \xff\xfe", b"data: \xf0\x9f", b"data: \xed\xa0\x80"),
    *(b"event", b"event:", b"event: ping", b"event:  x", b"event: a\0"),
    *(b"id", b"id:", b"id: 1", b"id: a\0b", "id: \u00e9".encode()),
    *(b"retry: 10", b"retry: 007", b"retry: +1", b"retry: 1.5", b"retry: -1", b"retry: 1 ", b"retry:"),
    *("retry: \u0661".encode(), b"retry: 1_0"),
    *(b":", b": comment", b":data: x", b"x", b"x: y", b"\xef\xbb\xbf", b"\xef\xbb"),
]


@dataclass(frozen=True)
class Stream:
    """Bytes, and where they are cut on their way.

    :param name: what the stream is an example of
    """

    name: str
    data: bytes
    cuts: tuple[int, ...] = ()

    @property
    def chunks(self) -> list[bytes]:
        """The pieces that arrive."""
        bounds = [0, *self.cuts, len(self.data)]
        return [self.data[start:end] for start, end in itertools.pairwise(bounds) if end > start]


def _random(number: int) -> Stream:
    chance = random.Random(SEED * 100_003 + number)
    data = b"".join(
        chance.choice(PIECES) + chance.choice([b"\n", b"\n", b"\r\n", b"\r", b""])
        for _ in range(chance.randint(1, 24))
    )
    data = data[: chance.choice([len(data), len(data), chance.randint(0, len(data))])]
    cuts = sorted({chance.randint(0, len(data)) for _ in range(chance.randint(0, 12))})
    return Stream(f"random {number}", data, tuple(cuts))


def _examples() -> list[Stream]:
    every = {
        "several lines": b"data: YHOO\ndata: +2\ndata: 10\n\n",
        "comment, ids and leading spaces": (
            b": test\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n"
        ),
        "empty data": b"data\n\ndata\ndata\n\ndata:",
        "type of one event": b"event: done\ndata: {}\n\ndata: {}\n\n",
        "event without data": b"event: ping\n\ndata: 1\n\n",
        "id without data": b"id: 7\n\ndata: 1\n\n",
        "carriage returns": b"data: 1\r\rdata: 2\r\r",
        "carriage returns and line feeds": b"data: 1\r\n\r\ndata: 2\r\n\r\n",
        "byte order mark": b"\xef\xbb\xbfdata: 1\n\n",
        "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\ndata: 2\n\n",
        "byte order mark later": b"data: 0\n\n\xef\xbb\xbfdata: 1\n\n",
        "NUL in an id": b"id: a\0b\ndata: 1\n\n",
        "NUL in data": b"data: a\0b\n\n",
        "retry": b"retry: 10\ndata: 1\n\nretry: +5\nretry: x\n\n",
        "text of several bytes": "data: \u6f22\U0001f642\n\n".encode(),
        "no text": b"data: \xff\xf0\x9f\n\n",
        "no blank line at the end": b"data: 1\n\ndata: 2\n",
    }
    whole = [Stream(name, data) for name, data in every.items()]
    bytewise = [
        Stream(f"{each.name}, byte by byte", each.data, tuple(range(1, len(each.data)))) for each in whole
    ]
    return whole + bytewise


STREAMS = [*_examples(), *(_random(number) for number in range(RANDOM_STREAMS))]
