"""Describe a response with a head of its own, and send it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Iterable, Sequence
    from typing import TypeAlias

    from .._head import Headers
    from .._response_stream import ResponseStream
    from .._sse import Item

    Body: TypeAlias = Mapping[str, object] | str | bytes | Iterable[Item] | AsyncIterable[Item]


class Response:
    """A response with a status, headers and cookies of its own.

    Example::

        return Response(201, {"location": "/reports/7"}, body=({"row": row} for row in rows))

    :param status: HTTP status, 200 to 599
    :param headers: header names to a value or to several values; ``set-cookie`` is sent as cookies. Default:
        - none
    :param cookies: ``Set-Cookie`` values. Default: - none
    :param body: bytes, a string, a mapping, or an iterable or async iterable of items. Default: - empty

    The content type is ``application/octet-stream`` for bytes, ``text/plain`` for a string,
    ``application/json`` for a mapping and the decorator's media type for an iterable, unless ``headers`` has
    one. An iterable may replace ``headers`` before its first item; they count unless a heartbeat has sent the
    head already.
    """

    __slots__ = ("body", "cookies", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        headers: Headers | None = None,
        cookies: Sequence[str] = (),
        body: Body = b"",
    ) -> None:
        self.status = status
        self.headers: Headers = headers or {}
        self.cookies = cookies
        self.body = body


def send_result(stream: ResponseStream, result: object) -> None:
    """Send what a handler has returned, which is no generator.

    :raises TypeError: for a result that is no response
    """
    if hasattr(result, "__await__"):
        result = wait(stream, result)
    if isinstance(result, Mapping):
        # Other frameworks return what a proxy integration takes; nobody else has to wait for the import.
        from .proxy_response import from_proxy

        result = Response(*from_proxy(result))
    if isinstance(result, Response):
        _start(stream, result)
        stream.last_event = getattr(result.body, "last_event", None)
        _send_body(stream, result)
    elif hasattr(result, "__next__"):  # from a coroutine
        stream.head_is_final()
        stream.send_all(result)  # type: ignore[arg-type]
    elif hasattr(result, "__anext__"):
        stream.head_is_final()
        wait(stream, _send_async(stream, result))  # type: ignore[arg-type]
    else:
        kind = type(result).__name__
        raise TypeError(f"a streaming handler must yield items or return a Response, got {kind}")


def wait(stream: ResponseStream, awaitable: Awaitable[object]) -> object:
    """Return the result of an awaitable, which the event loop of the function runs."""
    # asyncio takes longer to import than all the rest of a handler without it.
    from .event_loop import run

    return run(awaitable, stream.deadline)


def start(
    stream: ResponseStream,
    status: int,
    headers: Headers | None,
    cookies: Sequence[str],
    content_type: str | None = None,
) -> None:
    """Make a head other than the decorator's final; the first item sends it.

    :param content_type: used if no headers have one. Default: - the decorator's
    :raises RuntimeError: when one is already sent
    """
    if status is None:  # which would be the decorator's
        raise TypeError("status of a response must be a whole number, got None")
    prelude = stream.options.prelude(
        stream.request_id, status=status, headers=headers, cookies=cookies, content_type=content_type
    )
    stream.begin_sending()
    try:
        with stream.lock:
            if stream.opened or stream.ended:
                stream.deadline.check()
                raise RuntimeError("status and headers are already sent")
            stream.use_prelude(prelude)
    finally:
        stream.end_sending()
    stream.head_is_final()


def _start(stream: ResponseStream, response: Response) -> None:
    start(stream, response.status, response.headers, response.cookies, content_type_of(response.body))


def _send_body(stream: ResponseStream, response: Response) -> None:
    body = response.body
    if isinstance(body, (bytes, bytearray, memoryview, str, Mapping)):
        if body:
            stream.send(body, whole=True)
    elif hasattr(body, "__aiter__"):
        wait(stream, _send_async(stream, body))  # type: ignore[arg-type]
    elif hasattr(body, "__iter__") or hasattr(body, "__getitem__"):
        headers = response.headers

        def take_headers() -> None:
            # what asks an upstream may learn a header with its first item
            if response.headers is not headers and not stream.opened:
                with suppress(RuntimeError):  # a heartbeat was faster
                    _start(stream, response)

        stream.send_all(body, take_headers)
    else:
        kind = type(body).__name__
        raise TypeError(f"body of a Response must be bytes, a string, a mapping or items, got {kind}")


async def _send_async(stream: ResponseStream, items: AsyncIterable[Item]) -> None:
    iterator = aiter(items)
    try:
        async for item in iterator:
            if not stream.send(item):
                break
    finally:
        if close := getattr(iterator, "aclose", None):
            await close()


def content_type_of(body: Body) -> str | None:
    """Return the content type that a body calls for by itself, which is none at all for an empty one."""
    if isinstance(body, (bytes, bytearray, memoryview, str)) and not body:
        return ""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return "application/octet-stream"
    if isinstance(body, str):
        return "text/plain; charset=utf-8"
    return "application/json" if isinstance(body, Mapping) else None
