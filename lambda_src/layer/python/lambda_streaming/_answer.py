"""Answer an invocation with what a handler produces.

The first invocation loads this module, and with it all that its first event needs.
"""

from __future__ import annotations

import os

from ._deadline import Deadline
from ._response_stream import ResponseStream
from ._runtime_api import RuntimeApiResponse
from ._watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._awslambdaric import Invocation
    from ._head import Options
    from ._response_stream import Sink
    from ._test_response import CollectedResponse

    Handler = Callable[..., object]

# The table that streams are kept in, what keeps them, which imports this package, and the header with an id.
_STORE, _KEEPER, _STREAM_ID = "STREAM_STORE_TABLE", "lambda_streaming_store.kept", "x-stream-id"


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


def _sink(invocation: Invocation) -> tuple[CollectedResponse | None, CollectedResponse | RuntimeApiResponse]:
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if address is None:
        from ._test_response import CollectedResponse  # never in Lambda

        collected = CollectedResponse()
        return collected, collected
    if invocation.answered:
        raise RuntimeError("the invocation is already answered; call one streaming handler in each")
    return None, RuntimeApiResponse(address, invocation)
