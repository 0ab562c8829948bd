"""Keep one event loop for all invocations, for asynchronous handlers and the clients that they keep."""

from __future__ import annotations

import asyncio
import atexit
import functools
from math import inf

from ._deadline import Interruption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ._deadline import Deadline


@functools.cache
def kept_loop() -> asyncio.AbstractEventLoop:
    """Return the loop, so that a client which is bound to it can be used again in the next invocation."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def run(awaitable: Awaitable[object], deadline: Deadline) -> object:
    """Run the loop until something is done, or cancel it when the handler's time is up.

    :raises Interruption: when the time is up
    :raises RuntimeError: when the handler cancels itself, which nobody outside of it could handle
    """
    loop = kept_loop()
    # The signal could strike while the loop itself runs; a task is cancelled instead.
    deadline.disarm()
    task = asyncio.ensure_future(awaitable, loop=loop)
    timer = loop.call_later(max(0.0, deadline.left), task.cancel) if deadline.left < inf else None
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError as error:
        if deadline.left <= 0:
            raise Interruption from error
        raise RuntimeError("the handler was cancelled") from error
    finally:
        if timer:
            timer.cancel()
        deadline.arm()
