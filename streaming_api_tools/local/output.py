"""What a function writes for one invocation, on its way to whoever invoked it: a bounded pipe."""

from __future__ import annotations

import asyncio
from collections import deque

#: Bytes that wait for a slow reader before the function is held back.
BUFFER_SIZE = 256 * 1024


class FunctionError(Exception):
    """An invocation failed.

    :param kind: the error type, such as ``Runtime.ExitError`` or ``Function.ModelError``
    :param payload: what the function said about it, usually a JSON object with errorType and errorMessage
    """

    def __init__(self, kind: str, payload: bytes = b"") -> None:
        super().__init__(kind)
        self.kind = kind
        self.payload = payload


class LogTail:
    """The last lines of an invocation's log, as ``LogType: Tail`` asks for them.

    :param limit: in bytes; "the last 4 KB"
    """

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._text = b""

    def add(self, line: str) -> None:
        """Add a line."""
        self._text = (self._text + line.encode() + b"\n")[-self._limit :]

    def text(self) -> bytes:
        """Return what is left of the log."""
        return self._text


class Output:
    """A pipe of chunks with a beginning, an end and an optional error at the end.

    The writer waits while ``limit`` bytes are unread, which is how a slow client slows the function down.

    :param request_id: the id of the invocation
    """

    def __init__(self, request_id: str, limit: int = BUFFER_SIZE) -> None:
        self.request_id = request_id
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._streaming: bool | None = None
        self._error: FunctionError | None = None
        self._ended = False
        self._abandoned = False
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._over = asyncio.Event()
        self.log = LogTail()

    @property
    def streaming(self) -> bool | None:
        """Whether the function announced a stream; None before it has sent the first byte."""
        return self._streaming

    @property
    def ended(self) -> bool:
        """Tell whether the writer is done, well or not."""
        return self._ended

    @property
    def error(self) -> FunctionError | None:
        """The error that it ended with."""
        return self._error

    def begin(self, streaming: bool) -> None:
        """Say what the function announced."""
        self._streaming = streaming

    async def write(self, chunk: bytes) -> None:
        """Add a chunk; waits while the reader is too far behind."""
        while self._size >= self._limit and not (self._abandoned or self._ended):
            self._writable.clear()
            await self._writable.wait()
        if chunk and not (self._abandoned or self._ended):
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._readable.set()

    def end(self, error: FunctionError | None = None) -> None:
        """End the answer; only the first call counts."""
        if not self._ended:
            self._ended = True
            self._error = error
            self._readable.set()
            self._writable.set()

    def finish(self) -> None:
        """Say that the invocation is over, and with it its log."""
        self._over.set()

    async def over(self) -> None:
        """Wait until the invocation is over."""
        await self._over.wait()

    def abandon(self) -> None:
        """Give up reading; the function runs on, and what it writes is dropped."""
        self._abandoned = True
        self._chunks.clear()
        self._size = 0
        self._writable.set()

    async def read(self, timeout: float | None = None) -> bytes:
        """Return the next chunk, ``b""`` at the end.

        :param timeout: seconds. Default: - waits as long as it takes
        :raises FunctionError: when the end is an error
        :raises asyncio.TimeoutError: when no chunk comes in time
        """
        await self._wait(timeout)
        if not self._chunks:
            if self._error:
                raise self._error
            return b""
        chunk = self._chunks.popleft()
        self._size -= len(chunk)
        self._writable.set()
        return chunk

    async def _wait(self, timeout: float | None) -> None:
        """Wait for a chunk or the end; a timer is cheaper than the task that ``wait_for`` makes."""
        late = False

        def expire() -> None:
            nonlocal late
            late = True
            self._readable.set()

        timer = None
        while not self._chunks and not self._ended:
            if late:
                raise asyncio.TimeoutError
            if timer is None and timeout is not None:
                timer = asyncio.get_running_loop().call_later(timeout, expire)
            self._readable.clear()
            await self._readable.wait()
        if timer is not None:
            timer.cancel()
