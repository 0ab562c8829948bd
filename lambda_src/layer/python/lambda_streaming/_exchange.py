"""One response, from the open status to the end, in the only order that a client understands."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from ._errors import StreamRejected
from ._sse import PING, encode, encode_error, is_sse, missing_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ._response import Prelude
    from ._sse import Item

    class Sink(Protocol):
        """Where a response goes: the Runtime API, or a list."""

        def open(self, prelude: Prelude) -> None: ...
        def write(self, data: bytes) -> None: ...
        def close(self) -> None: ...
        def fail(self, error: BaseException) -> None: ...
        def drop(self) -> None: ...


# RFC 9110, sections 15.3.5 and 15.4.5.
_WITHOUT_BODY = {204, 304}
_LONGEST_EVENT_END = 4


class Exchange:
    """The response to one request. Its status stays open until the first byte. Safe to use from two threads.

    :param sink: where it goes
    :param prelude: the head that is sent with the first byte, unless another one is set until then
    :param request_id: what the client can quote. Default: - none
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
        """Whether the response ends with its head."""
        return self._head or self._prelude.status in _WITHOUT_BODY

    @property
    def takes_pings(self) -> bool:
        """Whether the client ignores a comment in the response."""
        return is_sse(self._prelude.content_type) and not self.bodyless

    @property
    def silence(self) -> float:
        """How long nothing has been sent, in seconds."""
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
