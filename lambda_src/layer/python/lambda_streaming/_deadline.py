"""End the handler shortly before Lambda would kill the function.

A handler mostly waits in a socket read, where only a signal reaches it. SIGALRM therefore raises inside the
handler's own code, and nowhere else: what the library sends is never cut off in the middle.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

# Of a function that has hardly more time than the margin, the margin takes no more than this part.
_LARGEST_PART = 0.5


class Interruption(BaseException):
    """Raised inside the handler's code when its time is up, past every ``except Exception`` in it."""


class Deadline:
    """The time that a handler has, for ``with``.

    :param remaining: until Lambda kills the function, in seconds. Default: - there is no limit
    :param margin: what of it is kept for the end of the response, in seconds
    """

    def __init__(self, remaining: float | None, margin: float) -> None:
        seconds = inf if remaining is None else remaining - min(margin, remaining * _LARGEST_PART)
        self._at = time.monotonic() + seconds
        self._in_handler = False
        self._armed = False

    @property
    def left(self) -> float:
        """The time that the handler has left, in seconds; not above zero when there is none."""
        return self._at - time.monotonic()

    def enter_handler(self) -> None:
        """Note that the handler's own code runs from here on.

        :raises Interruption: if its time is up
        """
        self._in_handler = True
        if self.left <= 0:
            raise Interruption

    def leave_handler(self) -> None:
        """Note that the library's code runs from here on."""
        self._in_handler = False

    @contextmanager
    def handler_waits(self) -> Iterator[None]:
        """Note that the library's code runs inside ``with``, and that the handler's goes on afterwards.

        :raises Interruption: if its time is up by then
        """
        self.leave_handler()
        try:
            yield
        finally:
            self.enter_handler()

    def arm(self) -> None:
        """Interrupt the handler when its time is up."""
        # Python runs signal handlers in the main thread only; elsewhere the deadline is seen between two
        # items.
        if 0 < self.left < inf and threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGALRM, self._alarm)
            signal.setitimer(signal.ITIMER_REAL, self.left)
            self._armed = True

    def disarm(self) -> None:
        """Leave the handler alone from here on."""
        self.leave_handler()
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)
            self._armed = False

    def __enter__(self) -> Deadline:
        self.arm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.disarm()

    def _alarm(self, number: int, frame: FrameType | None) -> None:
        if self._in_handler:
            raise Interruption
