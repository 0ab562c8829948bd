"""Send one response, from the open status to the end, and keep it alive while the handler is silent."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from ._errors import StreamRejected
from ._sse import PING, encode, encode_error, is_sse, missing_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    from ._response import Prelude
    from ._sse import Item

    class Sink(Protocol):
        """The destination of a response: the Runtime API, or a list."""

        def open(self, prelude: Prelude) -> None: ...
        def write(self, data: bytes) -> None: ...
        def close(self) -> None: ...
        def fail(self, error: BaseException) -> None: ...
        def drop(self) -> None: ...


# RFC 9110, sections 15.3.5 and 15.4.5.
_WITHOUT_BODY = {204, 304}
_LONGEST_EVENT_END = 4


class ResponseStream:
    """The response to one request. Its status stays open until the first byte. Safe to use from two threads.

    :param sink: where it goes
    :param prelude: the head that is sent with the first byte, unless another one is set until then
    :param request_id: the id that the client can quote. Default: - none
    :param head: whether the request was HEAD, which is answered without a body
    """

    def __init__(self, sink: Sink, prelude: Prelude, *, request_id: str | None, head: bool) -> None:
        self._sink = sink
        self._prelude = prelude
        self._request_id = request_id
        self._head = head
        self._tail = b""
        self._written_at = time.monotonic()
        self._lock = threading.Lock()
        self.opened = False
        self.ended = False

    @property
    def bodyless(self) -> bool:
        """True if the response ends with its head."""
        return self._head or self._prelude.status in _WITHOUT_BODY

    @property
    def takes_pings(self) -> bool:
        """True if the client ignores a comment in the response."""
        return is_sse(self._prelude.content_type) and not self.bodyless

    @property
    def silence(self) -> float:
        """The time since something was last sent, in seconds."""
        return time.monotonic() - self._written_at

    def set_prelude(self, prelude: Prelude) -> None:
        """Set the head of the response.

        :raises RuntimeError: when one is already sent
        """
        with self._lock:
            if self.opened:
                raise RuntimeError("status and headers are already sent")
            self._prelude = prelude

    def send(self, item: Item) -> None:
        """Send an item, and before the first one the head.

        :raises RuntimeError: when the response has already ended
        """
        data = encode(item, self._prelude.content_type)
        with self._lock:
            if self.ended:
                raise RuntimeError("the response has already ended")
            self._open()
            if data and not self.bodyless:
                self._write(data)

    def ping(self) -> None:
        """Send a comment, unless an event is only partly sent, into which it would break."""
        with self._lock:
            if not self.ended and not missing_end(self._tail, self._prelude.content_type):
                self._open()
                self._write(PING)

    def end(self) -> None:
        """End the response, unless it has ended."""
        with self._lock:
            if not self.ended:
                self._open()
                self._sink.close()
                self.ended = True

    def fail(self, error: BaseException) -> None:
        """End a response that has begun, so that neither the client nor Lambda can take it for complete."""
        with self._lock:
            if self.ended:
                return
            self.ended = True
            # The error itself gets raised; that the Runtime API has gone as well would only hide it.
            with suppress(OSError):
                if not isinstance(error, StreamRejected):
                    self._write_error(error)
                    self._sink.fail(error)
            self._sink.drop()

    def _open(self) -> None:
        if not self.opened:
            self._sink.open(self._prelude)
            self.opened = True

    def _write_error(self, error: BaseException) -> None:
        content_type = self._prelude.content_type
        event = encode_error(error, content_type, self._request_id)
        if event and not self.bodyless:
            self._write(missing_end(self._tail, content_type) + event)

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._tail = (self._tail + data[-_LONGEST_EVENT_END:])[-_LONGEST_EVENT_END:]
        self._written_at = time.monotonic()


class Heartbeat:
    """A thread that sends comments, from :meth:`start` until the end of ``with``.

    API Gateway closes a stream that is idle.

    :param response: the response that must not fall silent
    :param grace: how long the status stays open at most, in seconds. Default: - until the first item
    :param interval: the longest silence after that, in seconds. Default: - any
    """

    def __init__(self, response: ResponseStream, grace: float | None, interval: float | None) -> None:
        self._response = response
        self._grace = grace
        self._interval = interval
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch the response, whose head is final from now on."""
        if self._interval is not None and self._thread is None and self._response.takes_pings:
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
                limit = interval if self._response.opened else self._grace
                wait = interval if limit is None else limit - self._response.silence
                if wait <= 0:
                    self._response.ping()
                    wait = interval
