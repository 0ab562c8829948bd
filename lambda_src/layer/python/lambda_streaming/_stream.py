"""Decorate a handler so that it streams, and answer its invocations."""

from __future__ import annotations

import functools
import os

from . import _awslambdaric
from ._deadline import Deadline
from ._head import STREAM_HEADERS, Options, lowered
from ._response_stream import ResponseStream
from ._runtime_api import RuntimeApiResponse
from ._sse import MEDIA_TYPE
from ._watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, overload

    from ._awslambdaric import Invocation
    from ._head import Headers
    from ._response_stream import Sink
    from ._test_response import CollectedResponse

    Handler: TypeAlias = Callable[..., object]
    StreamedHandler: TypeAlias = Callable[[object, object], CollectedResponse]
else:

    def overload(function):  # the import of `typing` would be the dearest part of a cold start
        return function


# The table that streams are kept in, what keeps them, which imports this package, and the header with an id.
_STORE, _KEEPER, _STREAM_ID = "STREAM_STORE_TABLE", "lambda_streaming_store.kept", "x-stream-id"


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
    media_type: str = MEDIA_TYPE,
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


def answer(
    handler: Handler, event: object, context: object, options: Options, invocation: Invocation
) -> CollectedResponse | None:
    """Answer an invocation with what a handler produces.

    :returns: the response outside Lambda, nothing inside it
    :raises RuntimeError: inside Lambda, when the invocation is already answered
    """
    collected, sink = _sink(invocation)
    destination: Sink = sink
    number = None
    request_id = getattr(context, "aws_request_id", None)
    method, domain = _method_and_domain(event)
    if ".lambda-url." in domain:
        from ._function_url import FunctionUrlSink

        destination = FunctionUrlSink(sink, method)
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    deadline = Deadline(remaining() / 1000 if remaining else None, options.margin)
    invocation.cancelled = lambda: deadline.cancelled
    invocation.stream_id = invocation.keep_now = None
    if _STORE in os.environ:
        kept = __import__(_KEEPER, fromlist=["kept"]).kept
        handler, options, destination, number = kept(handler, event, options, destination, deadline)
        invocation.keep_now = getattr(destination, "keep_now", None)
        invocation.stream_id = options.headers.get(_STREAM_ID)  # type: ignore[assignment]
    response = ResponseStream(
        destination,
        options,
        deadline,
        request_id=request_id,
        head=method == "HEAD",
        number=number,
        after_first_byte=_load_failure,
    )
    response.broken, ended_by = invocation.ended, None
    try:
        with Watch(response, deadline, options.grace, options.heartbeat) as watch:
            response.head_is_final = watch.start_heartbeats
            try:
                with deadline:
                    _run(response, handler, event, context)
                response.end()
            except BaseException as error:
                said, ended_by = _end_broken(response, error)
                if said:
                    return collected
                raise ended_by  # noqa: B904 - it is the error, or stands for it
        return collected
    finally:
        invocation.ended(ended_by)


def _run(response: ResponseStream, handler: Handler, event: object, context: object) -> None:
    """Call the handler, and send all that it yields, returns or writes.

    :raises TypeError: for a result that is no response
    :raises RuntimeError: for a generator that has already run
    """
    if takes_response(handler):
        from ._forms.writer import run_writer

        run_writer(response, handler, event, context)
        return
    result = handler(event, context)
    if not hasattr(result, "__next__") or hasattr(result, "__await__"):
        from ._forms.response import send_result

        send_result(response, result)
        return
    # A tracer that keeps what a handler returns may have iterated over it: X-Ray's SDK does.
    if getattr(result, "gi_frame", result) is None:
        raise RuntimeError("a decorator has used up the handler's generator; put it outside of stream")
    response.head_is_final()
    response.send_all(result)  # type: ignore[arg-type]


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


def _load_failure() -> None:
    # The process may be out of files, or stuck in an import, when it is needed; a client waits no more.
    from . import _failure  # noqa: F401


def _end_broken(response: ResponseStream, error: BaseException) -> tuple[bool, BaseException]:
    try:
        from ._failure import end_broken
    except Exception:  # before the first byte, and there is nothing to load it with
        response.sink.drop()
        return False, error
    return end_broken(response, error)


def _method_and_domain(event: object) -> tuple[str, str]:
    """Return the method of a request and the domain that it was sent to, empty where an event has none."""
    if not isinstance(event, dict):
        return "", ""
    context = event.get("requestContext")
    if not isinstance(context, dict):
        context = {}
    # a function URL and payload format 2.0 have the method in it
    http, domain = context.get("http"), context.get("domainName")
    method = http.get("method") if isinstance(http, dict) else event.get("httpMethod")
    return method if isinstance(method, str) else "", domain if isinstance(domain, str) else ""


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


def _sink(invocation: Invocation) -> tuple[CollectedResponse | None, CollectedResponse | RuntimeApiResponse]:
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if address is None:
        from ._test_response import CollectedResponse  # never in Lambda

        collected = CollectedResponse()
        return collected, collected
    if invocation.answered:
        raise RuntimeError("the invocation is already answered; call one streaming handler in each")
    return None, RuntimeApiResponse(address, invocation)
