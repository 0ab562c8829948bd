"""Run a handler that writes to its response, as one in Node.js does."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from .response import Response, start, wait
from .threads import HandlerThreads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from .._head import Headers
    from .._response_stream import ResponseStream
    from .._sse import Item

    Handler: TypeAlias = Callable[..., object]


class ResponseWriter:
    """The response of a handler with three parameters, as ``awslambda.HttpResponseStream`` is in Node.js.

    There is no end to forget: the response ends with the handler, in order or, after an exception, not. Any
    thread may write; one that has written and dies of an exception fails the response.

    Example::

        @stream
        def handler(event, context, response: ResponseWriter):
            response.start(201, {"location": "/reports/7"})
            response.write({"n": 1})
    """

    def __init__(self, response: ResponseStream) -> None:
        self._response = response
        self._thread = threading.current_thread()
        self._threads = HandlerThreads(self._thread)
        self._begun = False

    def start(self, status: int = 200, headers: Headers | None = None, cookies: Sequence[str] = ()) -> None:
        """Set the head of the response, which is sent with the first item or after the grace period.

        :param status: HTTP status, 200 to 599
        :param headers: as for :class:`Response`. Default: - the decorator's
        :param cookies: ``Set-Cookie`` values. Default: - none
        :raises RuntimeError: when the head is already sent
        :raises ValueError: for a status or a header that cannot be sent
        """
        self._begun = True
        start(self._response, status, headers, cookies)

    def write(self, item: Item) -> None:
        """Send an item: a dict, a string, bytes or an :class:`Event`.

        :raises StreamRejected: when the Runtime API takes no more
        :raises RuntimeError: when the response has ended
        """
        thread = threading.current_thread()
        if thread is not self._thread:
            self._threads.note_writer(thread)
        self._begun = True
        self._response.send(item)
        self._response.head_is_final()

    def end(self) -> None:
        """End the response before the handler ends, for work that the client need not wait for."""
        self._response.end()


def run_writer(response: ResponseStream, handler: Handler, event: object, context: object) -> None:
    """Call a handler with a response to write to.

    :raises TypeError: for a result that would be lost
    """
    writer = ResponseWriter(response)
    with writer._threads:
        result = handler(event, context, writer)
        if hasattr(result, "__await__"):
            result = wait(response, result)
    if isinstance(result, (Response, Mapping)) or hasattr(result, "__next__") or hasattr(result, "__anext__"):
        kind = type(result).__name__
        raise TypeError(f"a handler that takes a response must write to it, got a {kind} from it")
    if lost := writer._threads.lost(empty=not writer._begun):
        raise lost
