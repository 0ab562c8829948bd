"""Hands the moments of a synchronous client to asynchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing, suppress

from ..client.moments import Moment

#: Moments that may wait to be taken, so that an endless answer does not fill the memory.
AHEAD = 64


async def in_a_thread(begin: Callable[[], Generator[Moment, None, None]]) -> AsyncGenerator[Moment, None]:
    """Yield what a generator yields that blocks while it waits.

    It runs in a daemon thread: a command that is interrupted ends at once, and not when the socket has been
    silent for long enough, as it would with the threads of asyncio, which are joined.

    :param begin: returns the generator; it and what it raises belong to the thread
    """
    loop = asyncio.get_running_loop()
    taken: asyncio.Queue[Moment | Exception | None] = asyncio.Queue()
    room, left = threading.Semaphore(AHEAD), threading.Event()

    def put(item: Moment | Exception | None) -> None:
        # whoever waited may have gone with the loop
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(taken.put_nowait, item)

    def run() -> None:
        try:
            with closing(begin()) as moments:
                for moment in moments:
                    room.acquire()
                    if left.is_set():
                        return
                    put(moment)
        except Exception as failure:
            put(failure)
        else:
            put(None)

    threading.Thread(target=run, daemon=True).start()
    try:
        while (item := await taken.get()) is not None:
            if isinstance(item, Exception):
                raise item
            room.release()
            yield item
    finally:
        left.set()
        room.release()
