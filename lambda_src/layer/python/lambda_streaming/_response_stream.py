"""Send one response, from the open status to the end, in the only order that a client understands."""

from __future__ import annotations

import threading
import time

from ._deadline import Interruption
from ._errors import HTTPError, StreamCancelled, StreamRejected, error_json
from ._response import WITHOUT_BODY
from ._sse import PING, encode, encode_error, is_sse, missing_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._bandwidth import Brake
    from ._deadline import Deadline
    from ._response import Options, Prelude, Sink
    from ._sse import Item

_LONGEST_EVENT_END = 4
# "AWS Lambda Developer Guide", configuration-response-streaming: 6 MB at once, then 2 MB a second.
_BURST = 6 * 1024 * 1024
_RATE = 2 * 1024 * 1024
# Longer than full buffers of a connection take to empty at that rate, in seconds.
_BUFFERED = 6.0


class ResponseStream:
    """The response to one request. Its status stays open until the first byte. Safe to use from any thread.

    :param sink: where it goes
    :param options: the decorator's, with which every response starts
    :param request_id: the id that the client can quote. Default: - none
    :param head: whether the request was HEAD, which is answered without a body
    :param deadline: after which the response fails, whatever becomes of the handler
    :param number: gives an id to an encoded event that begins at an offset. Default: - events have none
    """

    def __init__(
        self,
        sink: Sink,
        options: Options,
        deadline: Deadline,
        *,
        request_id: str | None,
        head: bool,
        number: Callable[[bytes, int], bytes] | None = None,
    ) -> None:
        self._sink = sink
        self._options = options
        self._deadline = deadline
        self._request_id = request_id
        self._head = head
        self._number = number
        self._set_prelude(options.prelude(request_id))
        self._tail = b""
        self._sent = 0
        self._written_at = time.monotonic()
        # What Lambda takes at once; below zero, what it cannot have taken yet.
        self._credit = float(_BURST)
        self._brakes: Brake | None = None
        self._lock = threading.Lock()
        # Chunks that the thread of the handler is sending: one, or with an error inside of one two.
        self._sending = 0
        deadline.spare(lambda: self._sending > 0)
        # False from the first byte of a chunk to its last.
        self._between_chunks = True
        self._last_word = False
        #: Returns what ends a stream of server-sent events that failed, where its body has a form of its own.
        self.last_event: Callable[[BaseException], bytes] | None = None
        self.opened = False
        self.ended = False

    @property
    def takes_pings(self) -> bool:
        """True if the client ignores a comment in the response."""
        return is_sse(self._content_type) and self._prelude.content_length is None and not self._bodyless

    @property
    def silence(self) -> float:
        """The time since something was last sent, in seconds."""
        return time.monotonic() - self._written_at

    def set_prelude(self, prelude: Prelude) -> None:
        """Set the head of the response.

        :raises RuntimeError: when one is already sent
        """
        self._begin_sending()
        try:
            with self._lock:
                if self.opened or self.ended:
                    self._deadline.check()
                    raise RuntimeError("status and headers are already sent")
                self._set_prelude(prelude)
        finally:
            self._end_sending()

    def send(self, item: Item, *, whole: bool = False) -> bool:
        """Send an item, and before the first one the head.

        :param whole: whether the item is the whole body
        :returns: whether the response takes more items: it takes none if it ends with its head
        :raises RuntimeError: when the response has already ended
        :raises ValueError: for a body that is not as long as the response's ``content-length``
        :raises Interruption: when the time is up; one item is sent nevertheless, to tell the client why
        """
        data = encode(item, self._content_type)
        if self._credit < 0 and self._deadline.left < _BUFFERED:
            self._brake(len(data))
        self._begin_sending()
        try:
            with self._lock:
                self._check_open()
                if self._number:
                    data = self._numbered(item, data)
                self._check_length(self._sent + len(data), whole)
                self._open()
                if data and not self._bodyless:
                    self._write(data)
        finally:
            self._end_sending()
        if self._deadline.at <= time.monotonic():
            self._last_word = True
            raise Interruption
        return not self._bodyless

    def ping(self) -> None:
        """Send a comment, unless an event is only partly sent, into which it would break."""
        with self._lock:
            ready = not self.ended and self._between_chunks
            if ready and not missing_end(self._tail, self._content_type):
                self._open()
                self._write(PING)

    def end(self) -> None:
        """End the response in order, unless it has ended.

        :raises Interruption: when the time is up: what comes too late is not taken for complete
        :raises ValueError: for a body that is not as long as the response's ``content-length``
        """
        self._begin_sending()
        try:
            with self._lock:
                if self.ended:
                    return
                self._check_open()
                self._deadline.check()
                self._check_length(self._sent, whole=True)
                self._open()
                self._sink.close()
                self.ended = True
        finally:
            self._end_sending()

    def fail(self, error: BaseException) -> bool:
        """End the response so that neither the client nor Lambda can take it for complete.

        This is the only place that ends a response which broke. Before the first byte an :class:`HTTPError`
        is the response, and anything else is left to the runtime loop. After it, server-sent events and
        NDJSON get an event that names the error, and Lambda the error trailers; so does a body with an event
        of its own for it. Any other media type has no place for an error, and trailers alone could pass for a
        proper end at the client: the connection to the Runtime API is closed without the last chunk, and the
        error is left to the log.

        :returns: whether the client has the error as a whole response
        """
        self._begin_sending()
        try:
            with self._lock:
                return self._fail(error)
        finally:
            self._end_sending()

    def fail_without_handler(self, error: BaseException, patience: float) -> bool:
        """End the response as :meth:`fail` does, from another thread than that of a handler which is stuck.

        :param patience: how long a chunk that is being sent may take yet, in seconds
        :returns: whether there was a response to end
        """
        if not self._lock.acquire(timeout=patience):
            # Whoever sends the chunk is freed, and finds the connection closed.
            return self._sink.cut()
        try:
            if self.ended:
                return False
            self._sink.limit(patience)
            self._fail(error)
            return True
        finally:
            self._lock.release()

    def _set_prelude(self, prelude: Prelude) -> None:
        self._prelude = prelude
        self._content_type = prelude.content_type
        self._bodyless = self._head or prelude.status in WITHOUT_BODY

    def _begin_sending(self) -> None:
        # A signal interrupts one thread only; what other threads send is not its concern.
        if threading.get_ident() == self._deadline.thread:
            self._sending += 1

    def _end_sending(self) -> None:
        if threading.get_ident() == self._deadline.thread:
            self._sending -= 1

    def _numbered(self, item: Item, data: bytes) -> bytes:
        """Return an item with an id if it is an event that is encoded here; a handler's own ids end that."""
        if getattr(item, "id", None) is not None:
            self._number = None
        if not self._number or isinstance(item, (bytes, bytearray, memoryview)) or not self.takes_pings:
            return data
        return self._number(data, self._sent)

    def _check_open(self) -> None:
        if self.ended or self._last_word:
            self._deadline.check()
            raise RuntimeError("the response has already ended")
        if not self._between_chunks:
            raise StreamRejected("the response was cut off in a chunk")

    def _check_length(self, size: int, whole: bool) -> None:
        declared = self._prelude.content_length
        if declared is None or self._bodyless:
            return
        if size > declared or (whole and size < declared):
            raise ValueError(f"the body must have the {declared} bytes of its content-length, got {size}")

    def _open(self) -> None:
        if not self.opened:
            self._between_chunks = False
            self._sink.open(self._prelude)
            self.opened = self._between_chunks = True

    def _write(self, data: bytes) -> None:
        self._between_chunks = False
        self._sink.write(data)
        self._between_chunks = True
        self._sent += len(data)
        self._tail = (self._tail + data[-_LONGEST_EVENT_END:])[-_LONGEST_EVENT_END:]
        now = time.monotonic()
        self._credit = min(_BURST, self._credit + (now - self._written_at) * _RATE) - len(data)
        self._written_at = now

    def _brake(self, size: int) -> None:
        if self._brakes is None:
            from ._bandwidth import Brake

            self._brakes = Brake(_RATE)
        backlog = size - self._credit - self.silence * _RATE
        self._brakes.hold(backlog, self._sent, self._deadline)

    def _fail(self, error: BaseException) -> bool:
        if self.ended:
            return False
        self.ended = True
        try:
            return self._tell(error)
        except (Exception, Interruption):
            # The error itself gets raised; that it could not be told would only hide it.
            return False
        finally:
            self._sink.drop()

    def _tell(self, error: BaseException) -> bool:
        if not self._between_chunks:
            return False
        if self.opened:
            if event := self._error_event(error):
                self._write(event)
                if not isinstance(error, StreamCancelled):
                    self._sink.fail(error)
                    return False
                # the function did what it was asked for
                self._sink.close()
                return True
            return False
        if not isinstance(error, HTTPError):
            return False
        self._set_prelude(self._options.error_prelude(error, self._request_id))
        self._open()
        if not self._bodyless:
            self._write(error_json(error, self._request_id) + b"\n")
        self._sink.close()
        return True

    def _error_event(self, error: BaseException) -> bytes:
        content_type = self._content_type
        if self._bodyless or self._prelude.content_length is not None:
            return b""
        event = encode_error(error, content_type, self._request_id, self.last_event)
        if not event:
            return b""
        end = missing_end(self._tail, content_type)
        if self._number and is_sse(content_type):
            event = self._number(event, self._sent + len(end))
        return end + event
