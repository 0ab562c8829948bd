"""Run coroutines, which Ctrl-C ends without a word, whatever the version of Python."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine as ``asyncio.run`` does from Python 3.11 on: SIGINT cancels it.

    Before, it is an exception of the task that runs at the moment, which asyncio reports with a traceback.

    :raises KeyboardInterrupt: when SIGINT has ended it
    """
    if sys.version_info < (3, 11) and threading.current_thread() is threading.main_thread():
        return asyncio.run(_interruptible(work))
    return asyncio.run(work)


async def _interruptible(work: Coroutine[Any, Any, Result]) -> Result:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        # the second one does not wait for what the first one has cancelled
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGINT)
