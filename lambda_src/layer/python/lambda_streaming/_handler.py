"""Run a handler (generator, async generator, Response or writer) and send what it produces."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from ._response import Response, content_type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
    from typing import TypeAlias

    from ._deadline import Deadline
    from ._response import Body, Headers, Options
    from ._response_stream import ResponseStream
    from ._sse import Item
    from ._threads import HandlerThreads

    Handler: TypeAlias = Callable[..., object]


class HandlerCall:
    """One call of a handler, whose items are each sent before the handler goes on.

    :param response: what is sent to
    :param options: the decorator's
    :param request_id: the id that the client can quote. Default: - none
    :param deadline: that cancels an asynchronous handler
    :param head_is_final: called when the head of the response is final, which is when heartbeats may begin
    """

    def __init__(
        self,
        response: ResponseStream,
        options: Options,
        request_id: str | None,
        deadline: Deadline,
        head_is_final: Callable[[], None],
    ) -> None:
        self._response = response
        self._options = options
        self._request_id = request_id
        self._deadline = deadline
        self._head_is_final = head_is_final
        self._thread = threading.get_ident()
        self._threads: HandlerThreads | None = None
        self._begun = False

    def run(self, handler: Handler, event: object, context: object) -> None:
        """Call the handler, and send all that it yields, returns or writes.

        :raises TypeError: for a result that is no response
        :raises RuntimeError: for a generator that has already run
        """
        if takes_response(handler):
            self._run_writer(handler, event, context)
            return
        result = self._call(handler, event, context)
        if isinstance(result, Mapping):
            # Other frameworks return what a proxy integration takes; nobody else has to wait for the import.
            from ._proxy_response import from_proxy

            result = from_proxy(result)
        if isinstance(result, Response):
            self.start(result.status, result.headers, result.cookies, content_type_of(result.body))
            self._send_body(result.body)
        elif _is_generator(result):
            # A tracer that keeps what a handler returns may have iterated over it: X-Ray's SDK does.
            if getattr(result, "gi_frame", result) is None:
                raise RuntimeError(
                    "a decorator has used up the handler's generator; put it outside of stream"
                )
            self._head_is_final()
            self._send_body(result)  # type: ignore[arg-type]
        else:
            kind = type(result).__name__
            raise TypeError(f"a streaming handler must yield items or return a Response, got {kind}")

    def start(
        self,
        status: int,
        headers: Headers | None,
        cookies: Sequence[str],
        content_type: str | None = None,
    ) -> None:
        """Make the head of the response final; the first item sends it."""
        if status is None:  # which would be the decorator's
            raise TypeError("status of a response must be a whole number, got None")
        self._begun = True
        self._response.set_prelude(
            self._options.prelude(
                self._request_id, status=status, headers=headers, cookies=cookies, content_type=content_type
            )
        )
        self._head_is_final()

    def write(self, item: Item) -> None:
        """Send an item for the handler's code, in whatever thread it runs."""
        if self._threads and threading.get_ident() != self._thread:
            self._threads.note_writer(threading.current_thread())
        self._begun = True
        self._response.send(item)
        self._head_is_final()

    def end(self) -> None:
        """End the response before the handler ends."""
        self._response.end()

    def _call(self, handler: Handler, *arguments: object) -> object:
        result = handler(*arguments)
        return self._wait(result) if hasattr(result, "__await__") else result

    def _run_writer(self, handler: Handler, event: object, context: object) -> None:
        # Only what can be handed to a thread has to look after threads.
        from ._threads import HandlerThreads

        with HandlerThreads(threading.current_thread()) as self._threads:
            result = self._call(handler, event, context, ResponseWriter(self))
        if isinstance(result, (Response, Mapping)) or _is_generator(result):
            kind = type(result).__name__
            raise TypeError(f"a handler that takes a response must write to it, got a {kind} from it")
        if lost := self._threads.lost(empty=not self._begun):
            raise lost

    def _send_body(self, body: Body) -> None:
        if isinstance(body, (bytes, bytearray, memoryview, str, Mapping)):
            if body:
                self._response.send(body, whole=True)
        elif hasattr(body, "__aiter__"):
            self._wait(self._send_async(body))  # type: ignore[arg-type]
        elif hasattr(body, "__iter__") or hasattr(body, "__getitem__"):
            self._send_all(body)
        else:
            kind = type(body).__name__
            raise TypeError(f"body of a Response must be bytes, a string, a mapping or items, got {kind}")

    def _send_all(self, items: Iterable[Item]) -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                if not self._response.send(item):
                    break
        finally:
            # A generator that is only forgotten runs its `finally` whenever it is collected, if at all.
            if close := getattr(iterator, "close", None):
                close()

    async def _send_async(self, items: AsyncIterable[Item]) -> None:
        iterator = aiter(items)
        try:
            async for item in iterator:
                if not self._response.send(item):
                    break
        finally:
            if close := getattr(iterator, "aclose", None):
                await close()

    def _wait(self, awaitable: Awaitable[object]) -> object:
        # asyncio takes longer to import than all the rest of a handler without it.
        from ._event_loop import run

        return run(awaitable, self._deadline)


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

    def __init__(self, call: HandlerCall) -> None:
        self._call = call

    def start(self, status: int = 200, headers: Headers | None = None, cookies: Sequence[str] = ()) -> None:
        """Set the head of the response, which is sent with the first item or after the grace period.

        :param status: HTTP status, 200 to 599
        :param headers: as for :class:`Response`. Default: - the decorator's
        :param cookies: ``Set-Cookie`` values. Default: - none
        :raises RuntimeError: when the head is already sent
        :raises ValueError: for a status or a header that cannot be sent
        """
        self._call.start(status, headers, cookies)

    def write(self, item: Item) -> None:
        """Send an item: a dict, a string, bytes or an :class:`Event`.

        :raises StreamRejected: when the Runtime API takes no more
        :raises RuntimeError: when the response has ended
        """
        self._call.write(item)

    def end(self) -> None:
        """End the response before the handler ends, for work that the client need not wait for."""
        self._call.end()


def takes_response(handler: Handler) -> bool:
    """Tell whether a handler has a third parameter that it cannot do without, which is its response."""
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    called = handler if hasattr(handler, "__code__") else getattr(handler, "__call__")  # noqa: B004, B009
    code = getattr(called, "__code__", None)
    if code is None:
        return False
    optional = getattr(called, "__defaults__", None) or ()
    return bool(code.co_argcount - hasattr(called, "__self__") - len(optional) >= 3)


def _is_generator(result: object) -> bool:
    return hasattr(result, "__next__") or hasattr(result, "__anext__")
