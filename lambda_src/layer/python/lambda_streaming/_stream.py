"""Decorate a handler so that it streams.

What the first event of a generator needs is loaded with this module, and not by the first invocation: Lambda
may initialize a function before anybody asks, and one with less than 1,769 MB has less than one processor for
an invocation ("AWS Lambda Developer Guide", lambda-runtime-environment and configuration-memory).
"""

from __future__ import annotations

import functools
import os

from . import _awslambdaric
from ._answer import answer
from ._head import STREAM_HEADERS, Options, lowered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, overload

    from ._awslambdaric import Invocation
    from ._head import Headers
    from ._test_response import CollectedResponse

    Handler: TypeAlias = Callable[..., object]
    StreamedHandler: TypeAlias = Callable[[object, object], CollectedResponse]
else:

    def overload(function):  # the import of `typing` would be the dearest part of a cold start
        return function


# The table that streams are kept in, and what keeps them, which imports this package.
_STORE, _KEEPER = "STREAM_STORE_TABLE", "lambda_streaming_store.kept"


@overload
def stream(function: Handler, /) -> StreamedHandler: ...
@overload
def stream(  # noqa: F811
    *,
    media_type: str = ...,
    status: int = ...,
    headers: Headers | None = ...,
    grace: float | None = ...,
    heartbeat: float | None = ...,
    margin: float = ...,
) -> Callable[[Handler], StreamedHandler]: ...
def stream(  # noqa: F811
    function: Handler | None = None,
    /,
    *,
    media_type: str = "text/event-stream",
    status: int = 200,
    headers: Headers | None = None,
    grace: float | None = 15,
    heartbeat: float | None = 15,
    margin: float = 1,
) -> StreamedHandler | Callable[[Handler], StreamedHandler]:
    """Make a Lambda handler stream its response.

    The handler is a generator function or an asynchronous one, a function that returns a :class:`Response`
    or the dict of a proxy integration, or a function with a third parameter, a :class:`ResponseWriter`. What
    it produces is sent at once: a dict as ``data:`` JSON, a string as ``data:`` lines, bytes as they are, an
    :class:`Event` with all its fields. With another media type a dict is a line of JSON, a string is text.

    The status stays open until the first item. An :class:`HTTPError` until then is a real HTTP status; any
    other exception is a function error, as without the decorator. After the first byte an exception is the
    last event of an SSE or NDJSON response, and the error trailers of Lambda; any other response is cut. The
    exception is raised again, so that decorators outside of this one see it.

    Only the route decides whether the response is streamed. A console test or an integration that was left
    BUFFERED gets the JSON of the head, eight NUL bytes and the body as one payload.

    Example::

        @stream(media_type="application/x-ndjson", headers={"access-control-allow-origin": "*"})
        def handler(event, context):
            yield {"n": 1}

    :param function: the handler
    :param media_type: content type of the response. Default: ``text/event-stream``
    :param status: HTTP status of the response. Default: 200
    :param headers: headers of every response, also of an error. ``cache-control: no-cache`` and
        ``x-accel-buffering: no`` are set unless they are here. Default: - none
    :param grace: how long an SSE response without an item keeps its status open, in seconds; None for as long
        as it takes. The default and a cold start of ten seconds fit the 30 seconds of an edge-optimized API.
        Default: 15
    :param heartbeat: the longest silence of an SSE response, in seconds, before a comment is sent; None for
        any, which leaves the status open as well. Default: 15
    :param margin: how long before the function's timeout the response ends at the latest, in seconds. The
        handler is interrupted a quarter of the margin earlier; from then on the response fails. Both take at
        most half of the time that the function has. SIGALRM reaches a handler that is blocked, so it must not
        use that itself; an asynchronous one is cancelled. If the handler cannot be left, its response is
        ended without it. Default: 1
    :returns: the handler for Lambda; outside Lambda, calling it returns a :class:`CollectedResponse`
    :raises ValueError: for an option out of range, and for a status or a header that cannot be sent
    """
    options = Options(
        media_type=media_type,
        status=status,
        headers=STREAM_HEADERS | lowered(headers or {}),
        grace=grace,
        heartbeat=heartbeat,
        margin=margin,
    )
    return streamed(function, options) if function else lambda function: streamed(function, options)


def cancelled() -> bool:
    """Tell whether the stream of this invocation, which a store keeps, is cancelled."""
    invocation = _invocation()
    return bool(invocation.cancelled and invocation.cancelled())


def at_end(told: Callable[[BaseException | None], object]) -> None:
    """Have a function called once the response of this invocation has ended, when no client waits any more.

    :param told: gets the error that ended the response, if only by a status, and None for a whole response;
        called in another thread if the handler could not be left before its deadline
    """
    _invocation().at_end.append(told)


def stream_id() -> str | None:
    """Return the id by which a client comes back to the stream; None where no store keeps it."""
    return _invocation().stream_id


def keep_now() -> None:
    """Have what was sent until now kept at once, if a store keeps the stream; nothing waits for it.

    For the moment before a tool runs: whoever comes back while it does, or after it has ended the process,
    sees that it was called.
    """
    if now := _invocation().keep_now:
        now()


stream.cancelled = cancelled  # type: ignore[attr-defined]


def streamed(function: Handler, options: Options) -> StreamedHandler:
    """Return a handler that answers its invocations with what another handler produces.

    While an invocation is being answered, the handler is the undecorated function: what it returns goes to
    the handler that called it, and the invocation gets one response.
    """
    if _STORE in os.environ:
        __import__(_KEEPER)  # when the function is initialized, and not when a client waits

    @functools.wraps(function)
    def handler(event: object, context: object, *more: object) -> CollectedResponse:
        # The runtime loop wants something that is JSON, and discards it.
        invocation = _invocation()
        if invocation.answering:
            return function(event, context, *more)  # type: ignore[return-value]
        invocation.answering = True
        try:
            return answer(function, event, context, options, invocation)  # type: ignore[return-value]
        finally:
            invocation.answering = False

    return handler


def _invocation() -> Invocation:
    """Return the invocation that a call of a decorated handler belongs to.

    :raises RuntimeError: inside Lambda, when there is none
    """
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ:
        from ._test_response import invocation

        return invocation()
    running = _awslambdaric.current()
    if running is None:
        raise RuntimeError("a streaming handler was called outside of an invocation of the runtime loop")
    return running
