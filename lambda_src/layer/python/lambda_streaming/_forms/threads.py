"""Notice when a thread of a handler dies of an exception, which Python only prints.

What the thread would have written is then missing from the response.
"""

from __future__ import annotations

import threading

from .._deadline import Interruption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_watched: list[HandlerThreads] = []


class HandlerThreads:
    """The threads that a handler starts while it has a response to write to, for ``with``.

    :param thread: the handler's own, which tells of its exceptions itself
    """

    def __init__(self, thread: threading.Thread) -> None:
        self._others = {*threading.enumerate(), thread}
        self._writers: set[threading.Thread] = set()
        self._dead: dict[threading.Thread, BaseException] = {}

    def note_writer(self, thread: threading.Thread) -> None:
        """Note that a thread has written to the response."""
        self._writers.add(thread)

    def lost(self, *, empty: bool) -> BaseException | None:
        """Return the exception that ended a thread which had to do with the response.

        :param empty: whether nothing has been written at all, which any of the threads may have been meant to
        """
        return next((error for each, error in self._dead.items() if empty or each in self._writers), None)

    def died(self, thread: threading.Thread, error: BaseException) -> None:
        """Note that a thread of the process has died."""
        if thread in self._writers or thread not in self._others:
            if isinstance(error, SystemExit):  # of the thread, not of the process
                error = RuntimeError(f"a thread of the handler exited with {error.code}")
            self._dead[thread] = error

    def __enter__(self) -> HandlerThreads:
        # For each response, because the code of the function may have set a hook of its own since the last.
        if not isinstance(threading.excepthook, _Hook):
            threading.excepthook = _Hook(threading.excepthook)
        _watched.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        _watched.remove(self)


class _Hook:
    """Goes before another hook, which may in turn go before an older one of these.

    :param next_hook: what is called after it
    """

    def __init__(self, next_hook: Callable[[threading.ExceptHookArgs], object]) -> None:
        self._next_hook = next_hook

    def __call__(self, args: threading.ExceptHookArgs) -> None:
        # A thread may end by sys.exit() when its work is done.
        done = isinstance(args.exc_value, SystemExit) and not args.exc_value.code
        if args.thread and args.exc_value is not None and not done:
            for threads in list(_watched):
                threads.died(args.thread, args.exc_value)
        # The handler's own thread tells of the deadline.
        if args.exc_type is not Interruption:
            self._next_hook(args)
