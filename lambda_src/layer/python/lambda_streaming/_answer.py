"""Answer an invocation with what a handler produces, and watch the answer from a thread of its own.

The thread sends heartbeats, and ends the response if the handler cannot be left.
"""

from __future__ import annotations

# The C module below `threading`, whose Thread waits until it runs: longer than all else that delays the first
# byte here.
import _thread
import functools
import os
import threading
import time
from contextlib import suppress
from math import inf

from ._deadline import Deadline
from ._response_stream import ResponseStream
from ._runtime_api import RuntimeApiResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

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
    method, domain = method_and_domain(event)
    if ".lambda-url." in domain:
        from ._function_url import FunctionUrlSink

        destination = FunctionUrlSink(sink, method)
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    deadline = Deadline(remaining() / 1000 if remaining else None, options.margin)
    invocation.cancelled = lambda: deadline.cancelled
    invocation.stream_id = invocation.keep_now = None
    if _STORE in os.environ:
        handler, options, destination, number = _keeper()(handler, event, options, destination, deadline)
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


@functools.cache  # an import takes longer, and waits for a thread that has loaded half of it
def _keeper() -> Callable[..., Any]:
    kept: Callable[..., Any] = __import__(_KEEPER, fromlist=["kept"]).kept
    return kept


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


def method_and_domain(event: object) -> tuple[str, str]:
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


class Watch:
    """The thread that watches one response, for ``with``. API Gateway closes a stream that is idle.

    :param response: the response that must not fall silent, and must end before Lambda kills the function
    :param deadline: of the handler, after which it is not waited for
    :param grace: how long the status stays open at most, in seconds. Default: - until the first item
    :param heartbeat: the longest silence after that, in seconds. Default: - any
    """

    def __init__(
        self, response: ResponseStream, deadline: Deadline, grace: float | None, heartbeat: float | None
    ) -> None:
        self._response = response
        self._deadline = deadline
        self._grace = grace
        self._heartbeat = heartbeat
        self._handler_thread = threading.get_ident()
        self._beats = False
        self._stopped = False
        self._tried_at = -inf
        self._woken = threading.Event()
        # held by the thread for as long as it runs
        self._running: _thread.LockType | None = None

    def start_heartbeats(self) -> None:
        """Keep the response alive, whose head is final from now on."""
        if self._heartbeat is not None and not self._beats and self._response.takes_pings:
            self._beats = True
            if self._running is None:
                self._start()
            # The thread wakes up by itself for the first of them; to wake it now would cost the first item.
            elif self._until_beat() <= 0:
                self._woken.set()

    def __enter__(self) -> Watch:
        self._deadline.wakers.append(self._woken.set)
        if self._deadline.left < inf:
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._stopped = True
        if self._running:
            self._woken.set()
            # After the response Lambda freezes the process, with whatever a thread is doing.
            self._running.acquire()

    def _start(self) -> None:
        running = _thread.allocate_lock()
        running.acquire()
        _thread.start_new_thread(self._run, (running,))
        self._running = running

    def _run(self, running: _thread.LockType) -> None:
        try:
            self._watch()
        finally:
            running.release()

    def _watch(self) -> None:
        while not self._stopped:
            beat, end = self._until_beat(), self._deadline.left_for_response
            look = self._deadline.look()
            if end <= 0:
                from ._failure import end_without_handler

                end_without_handler(self._response, self._handler_thread)
                return
            if beat <= 0 and not self._beats:
                beat = inf
            if beat <= 0:
                # That the Runtime API has gone is found out, and told, by whoever writes next.
                self._tried_at = time.monotonic()
                with suppress(OSError):
                    self._response.ping()
                continue
            wait = min(beat, end, look)
            self._woken.wait(wait if wait < threading.TIMEOUT_MAX else None)
            self._woken.clear()

    def _until_beat(self) -> float:
        if self._heartbeat is None:
            return inf
        limit = self._heartbeat if self._response.opened else self._grace
        if limit is None:
            return self._heartbeat
        # An event that is only partly sent takes no comment, so the last attempt counts as well.
        return limit - min(self._response.silence, time.monotonic() - self._tried_at)
