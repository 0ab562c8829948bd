"""Send one response, from the open status to the end, in the only order that a client understands."""

from __future__ import annotations

import threading
import time

from ._deadline import Interruption
from ._head import WITHOUT_BODY
from ._sse import PING, encode, is_sse, missing_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn, Protocol

    from ._bandwidth import Brake
    from ._deadline import Deadline
    from ._head import Options, Prelude
    from ._sse import Item

    class Sink(Protocol):
        """The destination of a response: the Runtime API, or a list."""

        def open(self, prelude: Prelude) -> None: ...
        def write(self, data: bytes) -> None: ...
        def close(self) -> None: ...
        def fail(self, error: BaseException) -> None: ...
        def limit(self, seconds: float) -> None: ...
        def cut(self) -> bool: ...
        def drop(self) -> None: ...


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
    :param after_first_byte: called once something of the body is sent. Default: - nothing
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
        after_first_byte: Callable[[], object] | None = None,
    ) -> None:
        self.sink = sink
        self.options = options
        self.deadline = deadline
        self.request_id = request_id
        self._head = head
        self.number = number
        self._after_first_byte = after_first_byte
        self.use_prelude(options.prelude(request_id))
        self.tail = b""
        self.sent = 0
        self._written_at = time.monotonic()
        # What Lambda takes at once; below zero, what it cannot have taken yet.
        self._credit = float(_BURST)
        self._brakes: Brake | None = None
        self.lock = threading.Lock()
        # False from the first byte of a chunk to its last.
        self.between_chunks = True
        self._last_word = False
        #: Returns what ends a stream of server-sent events that failed, where its body has a form of its own.
        self.last_event: Callable[[BaseException], bytes] | None = None
        #: Called with the error that has ended the response without its handler.
        self.broken: Callable[[BaseException], None] = _unheard
        #: Called when the head of the response is final, which is when heartbeats may begin.
        self.head_is_final: Callable[[], None] = _nothing
        self.opened = False
        self.ended = False

    @property
    def takes_pings(self) -> bool:
        """True if the client ignores a comment in the response."""
        return is_sse(self.content_type) and self.prelude.content_length is None and not self.bodyless

    @property
    def silence(self) -> float:
        """The time since something was last sent, in seconds."""
        return time.monotonic() - self._written_at

    def send_all(self, items: Iterable[Item], before_first: Callable[[], None] | None = None) -> None:
        """Send items as they come, each before the next is asked for, until the response takes no more.

        :param before_first: called once the first item is there. Default: - nothing
        """
        iterator = iter(items)
        try:
            for item in iterator:
                if before_first:
                    before_first()
                    before_first = None
                if not self.send(item):
                    break
        finally:
            # A generator that is only forgotten runs its `finally` whenever it is collected, if at all.
            if close := getattr(iterator, "close", None):
                close()

    def send(self, item: Item, *, whole: bool = False) -> bool:
        """Send an item, and before the first one the head.

        This runs for every event, so it calls little of its own.

        :param whole: whether the item is the whole body
        :returns: whether the response takes more items: it takes none if it ends with its head
        :raises RuntimeError: when the response has already ended
        :raises ValueError: for a body that is not as long as the response's ``content-length``
        :raises Interruption: when the time is up; one item is sent nevertheless, to tell the client why
        """
        data = encode(item, self.content_type)
        deadline = self.deadline
        if self._credit < 0 and deadline.left < _BUFFERED:
            self._brake(len(data))
        # as begin_sending does
        interruptible = threading.get_ident() == deadline.thread
        deadline.sending += interruptible
        try:
            with self.lock:
                if self.ended or self._last_word or not self.between_chunks:
                    self._refuse()
                if self.number:
                    data = self._numbered(item, data)
                if self.prelude.content_length is not None:
                    self._check_length(self.sent + len(data), whole)
                if not self.opened:
                    self.open()
                if data and not self.bodyless:
                    self.write(data)
        finally:
            deadline.sending -= interruptible
        if deadline.at <= time.monotonic():
            self._last_word = True
            raise Interruption
        return not self.bodyless

    def ping(self) -> None:
        """Send a comment, unless an event is only partly sent, into which it would break."""
        with self.lock:
            ready = not self.ended and self.between_chunks
            if ready and not missing_end(self.tail, self.content_type):
                self.open()
                self.write(PING)

    def end(self) -> None:
        """End the response in order, unless it has ended.

        :raises Interruption: when the time is up: what comes too late is not taken for complete
        :raises ValueError: for a body that is not as long as the response's ``content-length``
        """
        self.begin_sending()
        try:
            with self.lock:
                if self.ended:
                    return
                if self._last_word or not self.between_chunks:
                    self._refuse()
                self.deadline.check()
                self._check_length(self.sent, whole=True)
                self.open()
                self.sink.close()
                self.ended = True
        finally:
            self.end_sending()

    def begin_sending(self) -> None:
        """Let the deadline interrupt nothing until :meth:`end_sending`."""
        # a signal interrupts one thread only; what other threads send is not its concern
        if threading.get_ident() == self.deadline.thread:
            self.deadline.sending += 1

    def end_sending(self) -> None:
        """Let the deadline interrupt the handler again."""
        if threading.get_ident() == self.deadline.thread:
            self.deadline.sending -= 1

    def use_prelude(self, prelude: Prelude) -> None:
        self.prelude = prelude
        self.content_type = prelude.content_type
        self.bodyless = self._head or prelude.status in WITHOUT_BODY

    def _numbered(self, item: Item, data: bytes) -> bytes:
        """Return an item with an id if it is an event that is encoded here; a handler's own ids end that."""
        if getattr(item, "id", None) is not None:
            self.number = None
        if not self.number or isinstance(item, (bytes, bytearray, memoryview)) or not self.takes_pings:
            return data
        return self.number(data, self.sent)

    def _refuse(self) -> NoReturn:
        if self.ended or self._last_word:
            self.deadline.check()
            raise RuntimeError("the response has already ended")
        from ._errors import StreamRejected

        raise StreamRejected("the response was cut off in a chunk")

    def _check_length(self, size: int, whole: bool) -> None:
        declared = self.prelude.content_length
        if declared is None or self.bodyless:
            return
        if size > declared or (whole and size < declared):
            raise ValueError(f"the body must have the {declared} bytes of its content-length, got {size}")

    def open(self) -> None:
        if not self.opened:
            self.between_chunks = False
            self.sink.open(self.prelude)
            self.opened = self.between_chunks = True

    def write(self, data: bytes) -> None:
        self.between_chunks = False
        self.sink.write(data)
        self.between_chunks = True
        size = len(data)
        self.sent += size
        end = data[-_LONGEST_EVENT_END:]
        self.tail = end if size >= _LONGEST_EVENT_END else (self.tail + end)[-_LONGEST_EVENT_END:]
        now = time.monotonic()
        credit = self._credit + (now - self._written_at) * _RATE
        self._credit = (credit if credit < _BURST else _BURST) - size
        self._written_at = now
        if self.sent == size and self._after_first_byte:
            self._after_first_byte()

    def _brake(self, size: int) -> None:
        if self._brakes is None:
            from ._bandwidth import Brake

            self._brakes = Brake(_RATE)
        backlog = size - self._credit - self.silence * _RATE
        self._brakes.hold(backlog, self.sent, self.deadline)


def _nothing() -> None:
    pass


def _unheard(_error: BaseException) -> None:
    pass
