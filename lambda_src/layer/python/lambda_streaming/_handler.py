"""Run a handler (generator, async generator, Response or writer) and send what it produces."""

from __future__ import annotations

from ._response import Response, content_type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
    from typing import TypeAlias

    from ._deadline import Deadline
    from ._response import Body, Headers, Options
    from ._response_stream import Heartbeat, ResponseStream
    from ._sse import Item

    Handler: TypeAlias = Callable[..., object]


class HandlerCall:
    """One call of a handler, whose items are each sent before the handler goes on.

    :param response: what is sent to
    :param options: the decorator's
    :param request_id: the id that the client can quote. Default: - none
    :param deadline: told when the handler's code runs and when the library's
    :param heartbeat: started when the head of the response is final
    """

    def __init__(
        self,
        response: ResponseStream,
        options: Options,
        request_id: str | None,
        deadline: Deadline,
        heartbeat: Heartbeat,
    ) -> None:
        self._response = response
        self._options = options
        self._request_id = request_id
        self._deadline = deadline
        self._heartbeat = heartbeat

    def run(self, handler: Handler, event: object, context: object) -> None:
        """Call the handler, and send all that it yields, returns or writes.

        :raises TypeError: for a result that is no response
        :raises RuntimeError: for a generator that has already run
        """
        if takes_response(handler):
            self._call(handler, event, context, ResponseWriter(self))
            return
        result = self._call(handler, event, context)
        if isinstance(result, Response):
            self._begin(result.status, result.headers, result.cookies, content_type_of(result.body))
            self._send_body(result.body)
        elif hasattr(result, "__next__") or hasattr(result, "__anext__"):
            # A tracer that keeps what a handler returns may have iterated over it: X-Ray's SDK does.
            if getattr(result, "gi_frame", result) is None:
                raise RuntimeError(
                    "a decorator has used up the handler's generator; put it outside of stream"
                )
            self._heartbeat.start()
            self._send_body(result)  # type: ignore[arg-type]
        else:
            kind = type(result).__name__
            raise TypeError(f"a streaming handler must yield items or return a Response, got {kind}")

    def start(self, status: int, headers: Headers | None, cookies: Sequence[str]) -> None:
        """Make the head of the response final on behalf of the handler's code; the first item sends it."""
        with self._deadline.handler_waits():
            self._begin(status, headers, cookies)

    def _begin(
        self,
        status: int,
        headers: Headers | None,
        cookies: Sequence[str],
        content_type: str | None = None,
    ) -> None:
        self._response.set_prelude(
            self._options.prelude(
                self._request_id, status=status, headers=headers, cookies=cookies, content_type=content_type
            )
        )
        self._heartbeat.start()

    def send(self, item: Item) -> None:
        """Send an item on behalf of the handler's code, which goes on afterwards."""
        with self._deadline.handler_waits():
            self._response.send(item)
            self._heartbeat.start()

    def end(self) -> None:
        """End the response on behalf of the handler's code, which goes on afterwards."""
        with self._deadline.handler_waits():
            self._response.end()

    def _call(self, handler: Handler, *arguments: object) -> object:
        self._deadline.enter_handler()
        result = handler(*arguments)
        self._deadline.leave_handler()
        return self._wait(result) if hasattr(result, "__await__") else result

    def _send_body(self, body: Body) -> None:
        if isinstance(body, (bytes, bytearray, memoryview, str, dict)):
            if body:
                self._response.send(body)
        elif hasattr(body, "__aiter__"):
            self._wait(self._send_async(body))  # type: ignore[arg-type]
        else:
            self._send_all(body)

    def _send_all(self, items: Iterable[Item]) -> None:
        iterator = iter(items)
        try:
            while True:
                self._deadline.enter_handler()
                try:
                    item = next(iterator)
                except StopIteration:
                    break
                self._deadline.leave_handler()
                self._response.send(item)
                if self._response.bodyless:
                    break
        finally:
            self._deadline.leave_handler()
            # A generator that is only forgotten runs its `finally` whenever it is collected, if at all.
            if close := getattr(iterator, "close", None):
                close()

    async def _send_async(self, items: AsyncIterable[Item]) -> None:
        iterator = aiter(items)
        try:
            async for item in iterator:
                self._response.send(item)
                if self._response.bodyless:
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

    There is no end to forget: the response ends with the handler, in order or, after an exception, not.

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
        self._call.send(item)

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
