"""Signs of life while the handler is silent, because API Gateway closes a stream that is idle."""

from __future__ import annotations

import threading
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._exchange import Exchange


class Heartbeat:
    """Sends comments from a thread of its own, from :meth:`start` until the end of ``with``.

    :param exchange: the response that must not fall silent
    :param grace: how long the status stays open at most, in seconds. Default: - until the first item
    :param interval: the longest silence after that, in seconds. Default: - any
    """

    def __init__(self, exchange: Exchange, grace: float | None, interval: float | None) -> None:
        self._exchange = exchange
        self._grace = grace
        self._interval = interval
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch the response, whose head is final from now on."""
        if self._interval is not None and self._thread is None and self._exchange.takes_pings:
            self._thread = threading.Thread(target=self._beat, args=(self._interval,), daemon=True)
            self._thread.start()

    def __enter__(self) -> Heartbeat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._thread:
            # After the response Lambda freezes the process, with whatever a thread is doing.
            self._thread.join()

    def _beat(self, interval: float) -> None:
        # That the Runtime API has gone is found out, and told, by whoever writes next.
        with suppress(OSError):
            wait = 0.0
            while not self._stopped.wait(wait):
                limit = interval if self._exchange.opened else self._grace
                wait = interval if limit is None else limit - self._exchange.silence
                if wait <= 0:
                    self._exchange.ping()
                    wait = interval
