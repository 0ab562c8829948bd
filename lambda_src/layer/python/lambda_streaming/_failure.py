"""End a response that broke, so that neither the client nor Lambda can take it for complete.

:mod:`_stream` loads this module after the first byte of a response, and not when the process is out of files
or a thread is stuck in an import. It loads whatever is needed from then on.
"""

from __future__ import annotations

import logging
import struct  # noqa: F401 - for the limit of RuntimeApiResponse
import sys
import traceback
from contextlib import suppress

from ._deadline import Interruption
from ._errors import DeadlineExceeded, HTTPError, StreamCancelled, error_json
from ._head import lowered
from ._sse import NDJSON, essence, is_sse, missing_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ._deadline import Deadline
    from ._head import Headers, Options, Prelude
    from ._response_stream import ResponseStream

# The part of the margin that a chunk which is being sent has for its rest, and each step of the end at most.
_PATIENCE = 0.25
# Packages whose frames stand in a traceback before the handler's own.
_BEFORE_HANDLER = {__package__, f"{__package__}._applications", f"{__package__}._forms", "asyncio"}


def end_broken(response: ResponseStream, error: BaseException) -> tuple[bool, BaseException]:
    """End the response to a handler that has raised.

    :returns: whether all is said with that, and what is to be raised otherwise
    """
    if not isinstance(error, (Exception, SystemExit, KeyboardInterrupt)) and response.deadline.passed:
        # For an interruption in any wrapping, the deadline, with the traceback of the handler, which tells
        # where it was when its time was up.
        error = end_of(response.deadline).with_traceback(error.__traceback__)
        error.__suppress_context__ = True
    # nobody decided a deadline, so the log has to say where the time went
    said = fail(response, error) and not isinstance(error, DeadlineExceeded)
    error.__traceback__ = _from_handler(error.__traceback__)
    return said, error


def fail(response: ResponseStream, error: BaseException) -> bool:
    """End the response so that neither the client nor Lambda can take it for complete.

    This is the only place that ends a response which broke. Before the first byte an :class:`HTTPError` is
    the response, and anything else is left to the runtime loop. After it, server-sent events and NDJSON get
    an event that names the error, and Lambda the error trailers; so does a body with an event of its own for
    it. Any other media type has no place for an error, and trailers alone could pass for a proper end at the
    client: the connection to the Runtime API is closed without the last chunk, and the error is left to the
    log.

    :returns: whether the client has the error as a whole response
    """
    response.begin_sending()
    try:
        with response.lock:
            return _fail(response, error)
    finally:
        response.end_sending()


def end_without_handler(response: ResponseStream, handler_thread: int) -> None:
    """End the response to a handler that cannot be left, from another thread; log where the handler is."""
    frame = sys._current_frames().get(handler_thread)
    where = "".join(traceback.format_stack(frame))
    error = end_of(response.deadline)
    if _fail_without_handler(response, error, response.deadline.margin * _PATIENCE):
        logging.getLogger().error("%s, and the response was ended while the handler was at\n%s", error, where)
        response.broken(error)


def _fail_without_handler(response: ResponseStream, error: BaseException, patience: float) -> bool:
    if not response.lock.acquire(timeout=patience):
        # Whoever sends the chunk is freed, and finds the connection closed.
        return response.sink.cut()
    try:
        if response.ended:
            return False
        response.sink.limit(patience)
        _fail(response, error)
        return True
    finally:
        response.lock.release()


def end_of(deadline: Deadline) -> HTTPError:
    return StreamCancelled() if deadline.cancelled else DeadlineExceeded()


def _fail(response: ResponseStream, error: BaseException) -> bool:
    if response.ended:
        return False
    response.ended = True
    try:
        return _tell(response, error)
    except (Exception, Interruption):
        # The error itself gets raised; that it could not be told would only hide it.
        return False
    finally:
        response.sink.drop()


def _tell(response: ResponseStream, error: BaseException) -> bool:
    if not response.between_chunks:
        return False
    if response.opened:
        if event := _error_event(response, error):
            response.write(event)
            if not isinstance(error, StreamCancelled):
                response.sink.fail(error)
                return False
            # the function did what it was asked for
            response.sink.close()
            return True
        return False
    if not isinstance(error, HTTPError):
        return False
    response.use_prelude(error_prelude(response.options, error, response.request_id))
    response.open()
    if not response.bodyless:
        response.write(error_json(error, response.request_id) + b"\n")
    response.sink.close()
    return True


def error_prelude(options: Options, error: HTTPError, request_id: str | None) -> Prelude:
    """Return the head of an error's response, without headers of its own if they cannot be sent."""

    def prelude(status: int, headers: Headers) -> Prelude:
        # the decorator's headers may have the content type and the length of what the handler would have said
        own = {"content-type": "application/json", **lowered(headers), "content-length": ()}
        return options.prelude(request_id, status=status, headers=own)

    for headers in (error.headers, {}):
        with suppress(Exception):  # an error must not be lost because of what comes with it
            return prelude(error.status, headers)
    return prelude(500, {})


def _error_event(response: ResponseStream, error: BaseException) -> bytes:
    content_type = response.content_type
    if response.bodyless or response.prelude.content_length is not None:
        return b""
    event = encode_error(error, content_type, response.request_id, response.last_event)
    if not event:
        return b""
    end = missing_end(response.tail, content_type)
    if response.number and is_sse(content_type):
        event = response.number(event, response.sent + len(end))
    return end + event


def encode_error(
    error: BaseException,
    content_type: str,
    request_id: str | None,
    last_event: Callable[[BaseException], bytes] | None = None,
) -> bytes:
    """Return the last event of a stream that failed, or nothing when the content type cannot carry one.

    :param last_event: makes that of a protocol with its own, in any content type. Default: - there is none
    """
    with suppress(Exception):  # the error itself must be told all the same
        if own := last_event and last_event(error):
            return own
    if is_sse(content_type):
        return b"event: error\ndata: %b\n\n" % error_json(error, request_id)
    return error_json(error, request_id) + b"\n" if essence(content_type) in NDJSON else b""


def _from_handler(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without what leads to the handler: X-Ray's SDK, for one, keeps but ten frames."""
    kept = trace
    while kept and kept.tb_frame.f_globals.get("__package__") in _BEFORE_HANDLER:
        kept = kept.tb_next
    return kept or trace
