"""Both ends of the streams in one process and on one clock: a function's, and a client's.

Raw sockets on purpose: the load is to cost as little as possible beside the server under test. A chunk has
the nanosecond at which it was written in it.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

STAMP = re.compile(rb"<(\d+)>")
#: A token as an SSE event, with a stamp.
EVENT = b'data: {"text": "<%d>"}\n\n'
PRELUDE = b'{"statusCode":200,"headers":{"Content-Type":"text/event-stream"}}' + bytes(8)
NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
REQUEST_ID = re.compile(rb"lambda-runtime-aws-request-id: (\S+)", re.IGNORECASE)
PATIENCE = 60.0


def chunk(data: bytes) -> bytes:
    """Return a chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Reader(asyncio.Protocol):
    """The client's end of one stream.

    :param delays: gets the nanoseconds of each chunk on its way
    """

    def __init__(self, delays: list[int]) -> None:
        self._delays = delays
        self._rest = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Note when each chunk came."""
        now = time.monotonic_ns()
        data = self._rest + data
        end = 0
        for found in STAMP.finditer(data):
            self._delays.append(now - int(found[1]))
            end = found.end()
        self._rest = data[end:][-64:]
        if self._rest.endswith(b"0\r\n\r\n") and not self.ended.done():
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits for the end hears that there is none."""
        if not self.ended.done():
            self.ended.set_exception(ConnectionError("the server closed a stream"))


class Writer:
    """Writes a number of chunks, one every so many seconds, and then the end.

    :param send: takes the bytes
    :param first: when the first is due, on the clock of the event loop
    """

    def __init__(self, send: Callable[[bytes], None], count: int, interval: float, first: float) -> None:
        self._send = send
        self._left = count
        self._interval = interval
        self._due = first
        asyncio.get_running_loop().call_at(first, self._step)

    def _step(self) -> None:
        if not self._left:
            self._send(b"0\r\n\r\n")
            return
        self._left -= 1
        self._due += self._interval
        self._send(chunk(EVENT % time.monotonic_ns()))
        asyncio.get_running_loop().call_at(self._due, self._step)


async def echo_streams(address: tuple[str, int], streams: int, count: int, interval: float) -> list[int]:
    """Run streams through a server that sends back what it gets, and return the delays."""
    loop, delays = asyncio.get_running_loop(), list[int]()
    readers = []
    for _ in range(streams):
        _, reader = await loop.create_connection(lambda: Reader(delays), *address)
        reader.transport.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        readers.append(reader)
    begin = loop.time() + 0.5
    for number, reader in enumerate(readers):
        Writer(reader.transport.write, count, interval, begin + interval * number / streams)
    await _all_ended(readers, count * interval)
    return delays


class Functions:
    """The other side of the Runtime APIs of a gateway: as many functions as it starts.

    :param rendezvous: the pipe in which a new function says where its Runtime API is
    """

    def __init__(self, rendezvous: Path) -> None:
        # read and write, so that it never ends
        self._pipe = os.open(rendezvous, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._invoked: asyncio.Queue[Writable] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(self._pipe, self._arrived)

    async def invoked(self) -> Writable:
        """Wait for an invocation and return what its response is written with."""
        return await asyncio.wait_for(self._invoked.get(), PATIENCE)

    def close(self) -> None:
        """Leave the gateway alone."""
        asyncio.get_running_loop().remove_reader(self._pipe)
        os.close(self._pipe)
        for task in self._tasks:
            task.cancel()

    def _arrived(self) -> None:
        *lines, self._rest = (self._rest + os.read(self._pipe, 65536)).split(b"\n")
        for line in lines:
            task = asyncio.ensure_future(self._run(*line.decode().split(":")))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, host: str, port: str) -> None:
        while True:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(NEXT)
            head = await reader.readuntil(b"\r\n\r\n")
            found = REQUEST_ID.search(head)
            assert found
            writable = Writable(writer)
            writer.write(
                b"POST /2018-06-01/runtime/invocation/%b/response HTTP/1.1\r\nHost: x\r\n"
                b"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n%b"
                % (found[1], chunk(PRELUDE))
            )
            # the event that came with the invocation is of no interest, what comes after it is the receipt
            self._invoked.put_nowait(writable)
            await reader.readuntil(b'{"status":"OK"}')
            writer.close()


class Writable:
    """The response of one invocation."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.send = writer.write


async def gateway_streams(
    address: tuple[str, int], functions: Functions, streams: int, count: int, interval: float
) -> list[int]:
    """Run streams from functions through a gateway, and return the delays."""
    loop, delays = asyncio.get_running_loop(), list[int]()
    readers, responses = [], []
    for _ in range(streams):
        reader = await ask(address, delays)
        readers.append(reader)
        responses.append(await functions.invoked())
    begin = loop.time() + 0.5
    for number, response in enumerate(responses):
        Writer(response.send, count, interval, begin + interval * number / streams)
    await _all_ended(readers, count * interval)
    return delays


async def gateway_requests(
    address: tuple[str, int], functions: Functions, requests: int, at_once: int
) -> None:
    """Send short requests, some at a time."""
    left = requests

    async def send() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            reader = await ask(address, [])
            (await functions.invoked()).send(chunk(EVENT % 0) + b"0\r\n\r\n")
            await asyncio.wait_for(reader.ended, PATIENCE)
            reader.transport.close()

    await asyncio.gather(*(send() for _ in range(at_once)))


async def ask(address: tuple[str, int], delays: list[int]) -> Reader:
    """Send a request to a gateway and return what reads its answer."""
    _, reader = await asyncio.get_running_loop().create_connection(lambda: Reader(delays), *address)
    # a host of others would be refused
    reader.transport.write(b"POST /prod/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
    return reader


async def _all_ended(readers: list[Reader], seconds: float) -> None:
    await asyncio.wait_for(asyncio.gather(*(reader.ended for reader in readers)), seconds + PATIENCE)
    for reader in readers:
        reader.transport.close()
