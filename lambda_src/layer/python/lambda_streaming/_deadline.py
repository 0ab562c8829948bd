"""Interrupt the handler shortly before Lambda would kill the function.

A handler mostly waits in a socket read, where only a signal reaches it. SIGALRM therefore raises in the
handler's thread, again and again until the handler is left; never while a chunk is sent, which would be cut
off in the middle.
"""

from __future__ import annotations

import threading
import time
from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from types import FrameType, TracebackType
else:
    # The C module below `signal`: what that one adds are enumerations, the dearest part of this import.
    import _signal as signal

# Of a function that has hardly more time than the margin, the end takes no more than this part.
_LARGEST_PART = 0.5
# The part of the margin, on top of it, that an interrupted handler has for its last words.
_LAST_WORDS = 0.25
# The part of the margin between two interruptions: what the handler's clean-up may take undisturbed.
_INTERVAL = 0.25
_SHORTEST_INTERVAL = 0.01
_CLOCK_STEP = 0.001


class Interruption(BaseException):
    """Raised inside the handler's code when its time is up, past every ``except Exception`` in it."""


class Deadline:
    """The time that a handler has; ``with`` it the handler's code runs, in the thread that made it.

    Both ends of ``with`` raise :class:`Interruption` if the time is up.

    :param remaining: until Lambda kills the function, in seconds. Default: - there is no limit
    :param margin: how long before that the response ends at the latest, in seconds
    """

    def __init__(self, remaining: float | None, margin: float) -> None:
        time_left = inf if remaining is None else remaining
        self.margin = min(margin, time_left * _LARGEST_PART / (1 + _LAST_WORDS))
        self._last_words = self.margin * _LAST_WORDS
        #: The moment of the monotonic clock at which the handler's time is up.
        self.at = time.monotonic() + time_left - self.margin - self._last_words
        self._killed_at = time.monotonic() + time_left
        #: The thread that is interrupted; what other threads send is not its concern.
        self.thread = threading.get_ident()
        self._in_handler = False
        #: Chunks that the thread of the handler is sending: one, or with an error inside of one two. Until
        #: they are sent it is not interrupted, which would cut them off in the middle.
        self.sending = 0
        self._armed = False
        self._blocks_loop: Callable[[FrameType | None], bool] | None = None
        self._lock = threading.Lock()
        #: Called, from any thread, when the time is up earlier than it was to be.
        self.wakers: list[Callable[[], None]] = []
        #: Called by what watches the response; returns the seconds until it is to be called again.
        self.look: Callable[[], float] = _never
        #: True once the stream is cancelled.
        self.cancelled = False

    @property
    def left(self) -> float:
        """The time that the handler has left, in seconds; not above zero when there is none."""
        return self.at - time.monotonic()

    @property
    def left_for_response(self) -> float:
        """The time until the response ends, whatever becomes of the handler, in seconds."""
        return self.left + self._last_words

    @property
    def until_kill(self) -> float:
        """The time until Lambda kills the function, in seconds."""
        return self._killed_at - time.monotonic()

    @property
    def passed(self) -> bool:
        """True once the handler's time is up."""
        return self.at <= time.monotonic()

    @property
    def interval(self) -> float:
        """The time between two interruptions, in seconds."""
        return max(self.margin * _INTERVAL, _SHORTEST_INTERVAL)

    def cancel(self) -> None:
        """Interrupt the handler now, from any thread; a handler in the main thread also in a blocked read."""
        with self._lock:
            if self.cancelled or self.passed:
                return
            self.cancelled = True
            self.at = time.monotonic()
            # outside of the handler nothing takes the signal
            if self._armed:
                signal.setitimer(signal.ITIMER_REAL, _CLOCK_STEP, self.interval)
        for wake in list(self.wakers):
            wake()

    def check(self) -> None:
        """Stop the code of the handler that calls this, in whatever thread it runs.

        :raises Interruption: if the handler's time is up
        """
        if self.passed:
            raise Interruption

    def leave_to_loop(self, blocked: Callable[[FrameType | None], bool] | None) -> None:
        """Let an event loop cancel the handler; interrupt it only while it blocks the loop.

        :param blocked: tells whether it does, of the frame that runs; None when there is no loop any more
        """
        self._blocks_loop = blocked

    def __enter__(self) -> Deadline:
        self.check()
        self._in_handler = True
        # Python runs signal handlers in the main thread only.
        if self.left < inf and threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGALRM, self._alarm)
            # Not a moment too early, when there would be nothing to interrupt yet.
            with self._lock:
                signal.setitimer(signal.ITIMER_REAL, max(0.0, self.left) + _CLOCK_STEP, self.interval)
                self._armed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._in_handler = False
        if self._armed:
            with self._lock:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, self._previous)
                self._armed = False
        if kind is None:  # the handler has swallowed every interruption
            self.check()

    def _alarm(self, number: int, frame: FrameType | None) -> None:
        if not self._in_handler or not self.passed or self.sending:
            return
        if self._blocks_loop is None or self._blocks_loop(frame):
            raise Interruption


def _never() -> float:
    return inf
