"""Keep one event loop for all invocations, for asynchronous handlers and the clients that they keep."""

from __future__ import annotations

import asyncio
import atexit
import functools
import time
from math import inf

from .._deadline import Interruption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import FrameType

    from .._deadline import Deadline

# A loop that has not turned for this many intervals is blocked by what runs in it.
_BLOCKED = 1.5
# The modules of the loop, and what it keeps its tasks in.
_LOOP = ("asyncio.", "_weakrefset", "contextvars")


@functools.cache
def kept_loop() -> asyncio.AbstractEventLoop:
    """Return the loop, so that a client which is bound to it can be used again in the next invocation."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def run(awaitable: Awaitable[object], deadline: Deadline) -> object:
    """Run the loop until something is done; cancel it when the handler's time is up, until it has ended.

    :raises Interruption: when the time is up
    :raises RuntimeError: when the handler cancels itself, which nobody outside of it could handle
    """
    loop = kept_loop()
    task = asyncio.ensure_future(awaitable, loop=loop)
    turned_at = time.monotonic() + deadline.left
    timer: asyncio.TimerHandle | None = None

    def cancel() -> None:
        nonlocal timer, turned_at
        turned_at = time.monotonic()
        if timer:
            timer.cancel()
        task.cancel()
        timer = loop.call_later(deadline.interval, cancel)

    def blocked(frame: FrameType | None) -> bool:
        # The signal may strike in a task that blocks the loop, and never in the loop itself: not where it
        # notes the next step of a task, which would then never come.
        late = time.monotonic() - turned_at > deadline.interval * _BLOCKED
        noting = frame is not None and frame.f_globals.get("__name__", "").startswith(_LOOP)
        return late and not noting and asyncio.current_task(loop) is not None

    if deadline.left < inf:
        timer = loop.call_later(max(0.0, deadline.left), cancel)

    def cancel_from_elsewhere() -> None:
        nonlocal turned_at
        turned_at = time.monotonic()
        loop.call_soon_threadsafe(cancel)

    deadline.leave_to_loop(blocked)
    deadline.wakers.append(cancel_from_elsewhere)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError as error:
        if deadline.passed:
            raise Interruption from error
        raise RuntimeError("the handler was cancelled") from error
    finally:
        deadline.leave_to_loop(None)
        deadline.wakers.remove(cancel_from_elsewhere)
        if timer:
            timer.cancel()
        # After an interruption nobody waits for it any more.
        task.cancel()
