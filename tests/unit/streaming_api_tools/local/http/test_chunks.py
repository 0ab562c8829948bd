"""Bodies of requests as ``ServerConnection`` reads them, beside h11 alone, which is the oracle."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import cast

import h11
import pytest

from streaming_api_tools.local.http.chunks import DirectReader
from streaming_api_tools.local.http.h1 import MAX_HEAD, ServerConnection, TruncatedError

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
#: Parts of bodies, right and wrong.
PARTS = [
    b"1\r\na\r\n",
    b"03\r\none\r\n",
    b"A\r\n0123456789\r\n",
    b"5\r\na\r\n\r\n\r\n",
    b"2;name=value\r\nhi\r\n",
    b"2 \r\nhi\r\n",
    b"00000000000000000002\r\nhi\r\n",
    b"FF\r\n" + b"x" * 255 + b"\r\n",
]
ODD = [
    b"5\r\nab\r\n",
    b"1\r\nabc\r\n",
    b"-1\r\na\r\n",
    b"0x1\r\na\r\n",
    b"1\na\r\n",
    b"\r\n",
    b"1_0\r\n0123456789abcdef\r\n",
    b"000000000000000000002\r\nhi\r\n",
    b"g\r\n",
    b"0\r\nbad trailer\r\n\r\n",
]
ENDS = [END, b"0\r\nName: value\r\n\r\n", b"000\r\n\r\n", b"0;x\r\n\r\n", b""]

#: What came of a body: its parts in their order, then its trailers or that it is broken.
Outcome = tuple[list[bytes], object]


def by_h11(pieces: list[bytes]) -> Outcome:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
    connection.receive_data(HEAD)
    connection.next_event()
    found: list[bytes] = []
    for piece in [*pieces, b""]:
        connection.receive_data(piece)
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return found, "broken"
            if event is h11.NEED_DATA:
                break
            if isinstance(event, h11.EndOfMessage):
                return found, {name.decode(): value.decode("latin-1") for name, value in event.headers}
            assert isinstance(event, h11.Data)
            found.append(bytes(event.data))
    raise AssertionError("h11 must see the end")


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


class Nowhere:
    """A writer that is not used."""


def connection(reader: asyncio.StreamReader) -> ServerConnection:
    return ServerConnection(reader, cast("asyncio.StreamWriter", Nowhere()))


async def whole(served: ServerConnection) -> list[bytes]:
    return [chunk async for chunk in served.body(lambda _: True)]


async def by_connection(
    pieces: list[bytes], reader: asyncio.StreamReader, at_once: Callable[[bytes], bool] | None
) -> Outcome:
    found: list[bytes] = []

    def noted(chunk: bytes) -> bool:
        taken = at_once is not None and at_once(chunk)
        if taken:
            found.append(chunk)
        return taken

    async def read() -> object:
        served = connection(reader)
        assert await served.next_request() is not None
        try:
            async for chunk in served.body(noted if at_once else None):
                found.append(chunk)
        except TruncatedError:
            return "broken"
        return served.trailers

    reading = asyncio.create_task(read())
    for piece in [HEAD, *pieces]:
        reader.feed_data(piece)
        await settle()
    reader.feed_eof()
    return found, await asyncio.wait_for(reading, 5)


def bodies(seed: int) -> list[bytes]:
    """Return a body in the pieces in which it arrives."""
    chance = random.Random(seed)
    parts = chance.choices(PARTS, k=chance.randint(0, 8))
    if chance.random() < 0.4:
        parts.insert(chance.randint(0, len(parts)), chance.choice(ODD))
    body = b"".join([*parts, chance.choice(ENDS)])
    if chance.random() < 0.4:
        # as most clients do: a chunk in a piece
        return [*parts, body[len(b"".join(parts)) :] or END]
    cuts = sorted(chance.sample(range(len(body) + 1), min(len(body), chance.randint(0, 12))))
    pieces = [body[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    return [piece for piece in pieces if piece]


@pytest.mark.parametrize("takes", ["nothing", "all", "some"])
def test_chunks_are_read_as_h11_reads_them(takes: str) -> None:
    async def main() -> None:
        for seed in range(600):
            pieces, chance = bodies(seed), random.Random(-seed)
            reader = asyncio.StreamReader() if takes == "nothing" else DirectReader()
            at_once = None if takes == "nothing" else lambda _: takes == "all" or chance.random() < 0.5  # noqa: B023
            assert await by_connection(pieces, reader, at_once) == by_h11(pieces), (seed, pieces)

    asyncio.run(main())


def test_chunk_that_is_whole_is_taken_before_anything_else_runs() -> None:
    async def main() -> None:
        reader, taken = DirectReader(), list[bytes]()

        async def read() -> list[bytes]:
            served = connection(reader)
            await served.next_request()
            return [chunk async for chunk in served.body(lambda chunk: not taken.append(chunk))]  # type: ignore[func-returns-value]

        reading = asyncio.create_task(read())
        reader.feed_data(HEAD + b"1\r\na\r\n")
        await settle()
        for number in range(3):
            reader.feed_data(b"1\r\n%d\r\n1\r\nx\r\n" % number)
            assert taken[-2:] == [b"%d" % number, b"x"]
        # the rest of a chunk may look like another
        reader.feed_data(b"6\r\nab")
        reader.feed_data(b"1\r\nx\r\n")
        reader.feed_data(b"1\r\nb\r\n" + END)
        assert b"".join(await reading) == b"aab1\r\nxb"
        assert len(taken) == 6

    asyncio.run(main())


def test_body_with_a_length_is_left_to_h11() -> None:
    async def main() -> None:
        reader = DirectReader()
        served = connection(reader)
        reader.feed_data(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na\r\n")
        assert await served.next_request() is not None
        body = asyncio.create_task(whole(served))
        assert await asyncio.wait_for(body, 5) == [b"a"]

    asyncio.run(main())


def test_chunks_of_a_body_that_is_left_do_not_break_the_next_request() -> None:
    async def main() -> None:
        reader = DirectReader()
        served = connection(reader)
        written: list[bytes] = []

        async def send(event: h11.Event) -> None:
            written.append(served._http.send(event) or b"")

        served.send = send  # type: ignore[method-assign]
        reader.feed_data(HEAD + b"1\r\na\r\n")
        assert await served.next_request() is not None
        body = served.body(lambda _: False)
        assert await anext(body) == b"a"
        reader.feed_data(b"1\r\nb\r\n1\r\nc\r\n2\r\nd")
        assert await anext(body) == b"b"
        await served.respond(413, {}, b"no")
        reader.feed_data(b"e\r\n" + END + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        request = await asyncio.wait_for(served.next_request(), 5)
        assert request is not None
        assert request.target == b"/next"

    asyncio.run(main())
