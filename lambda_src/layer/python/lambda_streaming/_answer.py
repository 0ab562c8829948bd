"""One invocation: the handler is run, and its response is ended in order whatever happens."""

from __future__ import annotations

import os

from . import _seam
from ._collected import CollectedResponse
from ._deadline import Deadline, Interruption
from ._errors import DeadlineExceeded, HTTPError, envelope
from ._exchange import Exchange
from ._heartbeat import Heartbeat
from ._production import Production
from ._runtime_api import RuntimeApiResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._options import Options
    from ._production import Handler

_BEFORE_HANDLER = {__package__, "asyncio"}


def answer(handler: Handler, event: object, context: object, options: Options) -> CollectedResponse | None:
    """Answer an invocation with what a handler produces.

    :returns: the response outside Lambda, nothing inside it
    :raises RuntimeError: inside Lambda, when no invocation is there to be answered
    """
    collected, sink = _sink()
    request_id = getattr(context, "aws_request_id", None)
    head = isinstance(event, dict) and event.get("httpMethod") == "HEAD"
    exchange = Exchange(sink, options.prelude(request_id), request_id=request_id, head=head)
    try:
        _produce(handler, event, context, options, exchange)
        exchange.end()
    except BaseException as error:
        if not exchange.opened and isinstance(error, HTTPError):
            # the decorator's headers may have the content type of what the handler would have said
            headers = {"content-type": "application/json", **error.headers}
            exchange.set_prelude(options.prelude(request_id, status=error.status, headers=headers))
            exchange.send(envelope(error, request_id))
            exchange.end()
            # nobody decided a deadline, so the log has to say where the time went
            if not isinstance(error, DeadlineExceeded):
                return collected
        elif exchange.opened:
            exchange.fail(error)
        error.__traceback__ = _from_handler(error.__traceback__)
        raise error
    return collected


def _produce(handler: Handler, event: object, context: object, options: Options, exchange: Exchange) -> None:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    deadline = Deadline(remaining() / 1000 if remaining else None, options.margin)
    try:
        with Heartbeat(exchange, options.grace, options.heartbeat) as heartbeat, deadline:
            request_id = getattr(context, "aws_request_id", None)
            Production(exchange, options, request_id, deadline, heartbeat).run(handler, event, context)
    except Interruption as interruption:
        # With the traceback of the handler, which tells where it was when its time was up.
        raise DeadlineExceeded().with_traceback(interruption.__traceback__) from None


def _from_handler(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without what leads to the handler: X-Ray's SDK, for one, keeps but ten frames."""
    kept = trace
    while kept and kept.tb_frame.f_globals.get("__package__") in _BEFORE_HANDLER:
        kept = kept.tb_next
    return kept or trace


def _sink() -> tuple[CollectedResponse | None, CollectedResponse | RuntimeApiResponse]:
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if address is None:
        collected = CollectedResponse()
        return collected, collected
    invocation = _seam.current()
    if invocation is None:
        raise RuntimeError("a streaming handler was called outside of an invocation of the runtime loop")
    if invocation.answered:
        raise RuntimeError("the invocation is already answered; call one streaming handler in each")
    return None, RuntimeApiResponse(address, invocation)
