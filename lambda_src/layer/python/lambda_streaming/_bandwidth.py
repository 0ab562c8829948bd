"""Hold back a producer that is so far ahead of Lambda that the end could not follow in time.

All that lies in the buffers of the two kernels goes before the end of the response.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._deadline import Deadline

# The largest buffers of a connection by default: net.ipv4.tcp_wmem and, at the other end, tcp_rmem.
_BUFFERS = 10 * 1024 * 1024
# How long the speed of the connection is measured, and how often a producer that waits looks again.
_WINDOW = 0.2
_STEP = 0.02
# The part of the margin in which what is unsent may leave; the rest is for the end.
_SHARE = 0.5


class Brake:
    """Stops a producer when what is unsent needs all the time that is left.

    :param rate: at which Lambda takes bytes at least, in bytes a second
    """

    def __init__(self, rate: int) -> None:
        self._rate = self._speed = float(rate)
        self._window: tuple[float, int, float] | None = None

    def hold(self, backlog: float, sent: int, deadline: Deadline) -> None:
        """Wait until an item may be sent.

        :param backlog: the bytes that Lambda cannot have taken yet at its rate, with the item
        :param sent: the bytes that the connection has taken
        :raises Interruption: when the time is up
        """
        began = time.monotonic()
        while True:
            now = time.monotonic()
            unsent = min(max(backlog - (now - began) * self._rate, 0), _BUFFERS)
            self._measure(now, sent, unsent)
            if unsent / self._speed <= deadline.left + deadline.margin * _SHARE:
                return
            time.sleep(_STEP)
            deadline.check()

    def _measure(self, now: float, sent: int, unsent: float) -> None:
        """Note how fast the connection is beyond doubt: it may be faster than documented."""
        if self._window is None:
            self._window = now, sent, unsent
        at, before, filled = self._window
        if now - at >= _WINDOW:
            # The buffers may have taken what they had room for.
            left = sent - before - (_BUFFERS - filled)
            self._speed = max(self._rate, left / (now - at))
            self._window = now, sent, unsent
