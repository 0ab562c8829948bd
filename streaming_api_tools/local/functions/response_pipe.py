"""Carry the response of one invocation from the function to its caller: a bounded pipe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB; the emulator adds 100 bytes.
MAX_BUFFERED = 6 * 1024 * 1024 + 100
TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({MAX_BUFFERED} bytes)."
#: Bytes that wait for a slow reader before the function is held back.
BUFFER_SIZE = 256 * 1024


class FunctionError(Exception):
    """Raised when an invocation failed.

    :param kind: the error type, such as ``Runtime.ExitError`` or ``Function.ModelError``
    :param payload: what the function said about it, usually a JSON object with errorType and errorMessage
    :param in_trailers: whether the function reported it behind a response that is whole to HTTP
    """

    def __init__(self, kind: str, payload: bytes = b"", *, in_trailers: bool = False) -> None:
        super().__init__(kind)
        self.kind = kind
        self.payload = payload
        self.in_trailers = in_trailers


class ResponsePipe:
    """A pipe of chunks with a beginning, an end and an optional error at the end.

    The writer waits while ``limit`` bytes are unread, which is how a slow client slows the function down.

    :param request_id: the id of the invocation
    :ivar streaming: whether the function announced a stream; None before it has sent the first byte
    :ivar content_type: of what the function answers
    :ivar ended: whether the writer is done, well or not
    :ivar error: with which it ended
    :ivar log: the end of the invocation's log, when the invocation is over
    """

    def __init__(self, request_id: str, limit: int = BUFFER_SIZE) -> None:
        self.request_id = request_id
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = 0
        self.streaming: bool | None = None
        self.content_type = ""
        self.error: FunctionError | None = None
        self.ended = False
        self._abandoned = False
        self._waiting: asyncio.Future[None] | None = None
        self._timeout: float | None = None
        self._at_once: Callable[[bytes], bool] | None = None
        self._late_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._end = asyncio.Event()
        self._over = asyncio.Event()
        self.log = b""

    @property
    def is_full(self) -> bool:
        """Tell whether the reader is too far behind."""
        return self._size >= self._limit and not (self._abandoned or self.ended)

    async def write(self, chunk: bytes) -> None:
        """Add a chunk; waits while the reader is too far behind."""
        while self.is_full:
            self._writable.clear()
            await self._writable.wait()
        self.put(chunk)

    def put(self, chunk: bytes) -> None:
        """Add a chunk, even if the pipe is full."""
        if chunk and not (self._abandoned or self.ended) and not self._is_taken(chunk):
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._wake()

    def end(self, error: FunctionError | None = None) -> None:
        """End the answer; only the first call counts."""
        if not self.ended:
            self.ended = True
            self.error = error
            self._end.set()
            self._wake()
            self._writable.set()
            self._stop_timer()

    async def ends_within(self, seconds: float) -> bool:
        """Wait for the end of the answer for some seconds, and tell whether it came."""
        if not self.ended:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._end.wait(), seconds)
        return self.ended

    def finish(self) -> None:
        """Note that the invocation is over, and with it its log.

        A response that has not ended fails, so that nobody waits for ever.
        """
        self.end(FunctionError("Sandbox.Failure"))
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
        self._stop_timer()

    async def read(
        self, timeout: float | None = None, at_once: Callable[[bytes], bool] | None = None
    ) -> bytes:
        """Return what was written since the last time, ``b""`` at the end.

        A reader that cannot keep pace gets several chunks as one, which costs it less.

        :param timeout: seconds. Default: - waits as long as it takes
        :param at_once: takes chunks while this waits, in the turn of the event loop in which they come, and
            tells whether it did; the first other is returned, after no more than ``timeout`` of silence.
            Default: - all are returned
        :raises FunctionError: when the end is an error
        :raises asyncio.TimeoutError: when no chunk comes in time
        """
        if not self._chunks and not self.ended:
            self._timeout, self._at_once = timeout, at_once
            await self._wait(timeout)
        if not self._chunks:
            if self.error:
                raise self.error
            return b""
        chunk = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._writable.set()
        return chunk

    async def whole(self) -> bytes:
        """Return all that is written, as callers that invoke a function without streaming get it.

        :raises FunctionError: when the end is an error, or it is too large for such an answer
        """
        payload = bytearray()
        while chunk := await self.read():
            payload += chunk
            if len(payload) > MAX_BUFFERED:
                self.abandon()
                kind = "Function.ResponseSizeTooLarge"
                details = {"errorType": kind, "errorMessage": TOO_LARGE}
                raise FunctionError(kind, json.dumps(details).encode())
        return bytes(payload)

    async def _wait(self, timeout: float | None) -> None:
        """Wait for a chunk or the end.

        One timer for all the chunks of a stream is cheaper than one for each, or the task of ``wait_for``.
        """
        loop = asyncio.get_running_loop()
        self._waiting = waiting = loop.create_future()
        self._late_at = None
        if timeout is not None:
            self._late_at = late_at = loop.time() + timeout
            if self._timer is None or self._timer.when() > late_at:
                self._stop_timer()
                self._timer = loop.call_at(late_at, self._expire)
        try:
            await waiting
        finally:
            self._waiting = self._at_once = None

    def _is_taken(self, chunk: bytes) -> bool:
        """Give a chunk to the reader at once, and tell whether it took it: none is before it then."""
        waiting = self._waiting
        if self._at_once is None or waiting is None or waiting.done() or not self._at_once(chunk):
            return False
        if self._timeout is not None:
            self._late_at = waiting.get_loop().time() + self._timeout
        return True

    def _expire(self) -> None:
        """Tell the reader that it is late, unless it has got something since the timer was set."""
        self._timer = None
        if self._waiting is None or self._waiting.done() or self._late_at is None:
            return
        loop = asyncio.get_running_loop()
        if self._late_at <= loop.time():
            self._waiting.set_exception(asyncio.TimeoutError())
        else:
            self._timer = loop.call_at(self._late_at, self._expire)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
