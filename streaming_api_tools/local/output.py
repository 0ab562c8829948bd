"""What a function writes for one invocation, on its way to whoever invoked it: a bounded pipe."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Head:
    """How the answer of a function begins; ``streaming`` is the ``Lambda-Runtime-Function-Response-Mode``."""

    streaming: bool
    content_type: str


class Output:
    """A pipe of chunks with a head, an end and an optional error at the end.

    The writer waits while ``limit`` bytes are unread, which is how a slow client slows the function down.

    :param request_id: the id of the invocation
    """

    def __init__(self, request_id: str, limit: int = BUFFER_SIZE) -> None:
        self.request_id = request_id
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._head: Head | None = None
        self._error: FunctionError | None = None
        self._ended = False
        self._abandoned = False
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()

    @property
    def began(self) -> bool:
        """Tell whether anything was written."""
        return self._head is not None

    @property
    def ended(self) -> bool:
        """Tell whether the writer is done, well or not."""
        return self._ended

    @property
    def error(self) -> FunctionError | None:
        """The error that it ended with."""
        return self._error

    def begin(self, head: Head) -> None:
        """Say how the answer begins."""
        self._head = head
        self._readable.set()

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

    def abandon(self) -> None:
        """Give up reading; the function runs on, and what it writes is dropped."""
        self._abandoned = True
        self._chunks.clear()
        self._size = 0
        self._writable.set()

    async def head(self) -> Head:
        """Wait for the head; raises FunctionError when the invocation fails before it."""
        while self._head is None and not self._ended:
            await self._changed()
        if self._head is None:
            raise self._error or FunctionError("Runtime.ExitError")
        return self._head

    async def read(self, timeout: float | None = None) -> bytes:
        """Return the next chunk, ``b""`` at the end.

        :param timeout: seconds. Default: - waits as long as it takes
        :raises FunctionError: when the end is an error
        :raises asyncio.TimeoutError: when no chunk comes in time
        """
        if not self._chunks and not self._ended:
            await self._chunk(timeout)
        if not self._chunks:
            if self._error:
                raise self._error
            return b""
        chunk = self._chunks.popleft()
        self._size -= len(chunk)
        self._writable.set()
        return chunk

    async def _chunk(self, timeout: float | None) -> None:
        """Wait for a chunk or the end; a timer is cheaper than the task that ``wait_for`` makes."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(timeout, self._readable.set) if timeout is not None else None
        due = loop.time() + timeout if timeout is not None else math.inf
        try:
            while not self._chunks and not self._ended:
                if loop.time() >= due:
                    raise asyncio.TimeoutError
                await self._changed()
        finally:
            if timer:
                timer.cancel()

    async def _changed(self) -> None:
        self._readable.clear()
        await self._readable.wait()
