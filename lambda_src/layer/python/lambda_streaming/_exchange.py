"""One response, from the open status to the end, in the only order that a client understands."""

from __future__ import annotations

from contextlib import suppress

from ._errors import StreamRejected
from ._sse import encode, encode_error, missing_end

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
    """The response to one request. Its status stays open until the first byte.

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
        self.opened = False
        self.ended = False

    @property
    def bodyless(self) -> bool:
        """Whether the response ends with its head."""
        return self._head or self._prelude.status in _WITHOUT_BODY

    def set_prelude(self, prelude: Prelude) -> None:
        """Set the head of the response.

        :raises RuntimeError: when one is already sent
        """
        if self.opened:
            raise RuntimeError("status and headers are already sent")
        self._prelude = prelude

    def open(self) -> None:
        """Send the head of the response, unless it is sent."""
        if not self.opened:
            self._sink.open(self._prelude)
            self.opened = True

    def send(self, item: Item) -> None:
        """Send an item, and before the first one the head."""
        data = encode(item, self._prelude.content_type)
        self.open()
        if data and not self.bodyless:
            self._write(data)

    def end(self) -> None:
        """End the response."""
        self.open()
        self._sink.close()
        self.ended = True

    def fail(self, error: BaseException) -> None:
        """End a response that has begun, so that neither the client nor Lambda can take it for complete."""
        if self.ended:
            return
        self.ended = True
        # The error itself gets raised; that the Runtime API has gone as well would only hide it.
        with suppress(OSError):
            if not isinstance(error, StreamRejected):
                self._write_error(error)
                self._sink.fail(error)
        self._sink.drop()

    def _write_error(self, error: BaseException) -> None:
        content_type = self._prelude.content_type
        event = encode_error(error, content_type, self._request_id)
        if event and not self.bodyless:
            self._write(missing_end(self._tail, content_type) + event)

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._tail = (self._tail + data)[-_LONGEST_EVENT_END:]
