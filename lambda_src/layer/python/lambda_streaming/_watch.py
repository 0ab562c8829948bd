"""Watch a response from a thread of its own: send heartbeats, and end it if the handler cannot be left."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._deadline import Deadline
    from ._response_stream import ResponseStream


class Watch:
    """The thread that watches one response, for ``with``. API Gateway closes a stream that is idle.

    :param response: the response that must not fall silent, and must end before Lambda kills the function
    :param deadline: of the handler, after which it is not waited for
    :param grace: how long the status stays open at most, in seconds. Default: - until the first item
    :param heartbeat: the longest silence after that, in seconds. Default: - any
    """

    def __init__(
        self, response: ResponseStream, deadline: Deadline, grace: float | None, heartbeat: float | None
    ) -> None:
        self._response = response
        self._deadline = deadline
        self._grace = grace
        self._heartbeat = heartbeat
        self._handler_thread = threading.get_ident()
        self._beats = False
        self._stopped = False
        self._tried_at = -inf
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start_heartbeats(self) -> None:
        """Keep the response alive, whose head is final from now on."""
        if self._heartbeat is not None and not self._beats and self._response.takes_pings:
            self._beats = True
            if self._thread is None:
                self._start()
            # The thread wakes up by itself for the first of them; to wake it now would cost the first item.
            elif self._until_beat() <= 0:
                self._woken.set()

    def __enter__(self) -> Watch:
        self._deadline.wakers.append(self._woken.set)
        if self._deadline.left < inf:
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._stopped = True
        if self._thread:
            self._woken.set()
            # After the response Lambda freezes the process, with whatever a thread is doing.
            self._thread.join()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            beat, end = self._until_beat(), self._deadline.left_for_response
            if end <= 0:
                from ._failure import end_without_handler

                end_without_handler(self._response, self._handler_thread)
                return
            if beat <= 0 and not self._beats:
                beat = inf
            if beat <= 0:
                # That the Runtime API has gone is found out, and told, by whoever writes next.
                self._tried_at = time.monotonic()
                with suppress(OSError):
                    self._response.ping()
                continue
            wait = min(beat, end)
            self._woken.wait(wait if wait < threading.TIMEOUT_MAX else None)
            self._woken.clear()

    def _until_beat(self) -> float:
        if self._heartbeat is None:
            return inf
        limit = self._heartbeat if self._response.opened else self._grace
        if limit is None:
            return self._heartbeat
        # An event that is only partly sent takes no comment, so the last attempt counts as well.
        return limit - min(self._response.silence, time.monotonic() - self._tried_at)
