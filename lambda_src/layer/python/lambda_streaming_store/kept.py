"""Keep the stream of an invocation in a store, or answer with one that is kept."""

from __future__ import annotations

import os

from . import current
from .recording import REPLAY, recording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambda_streaming import Response
    from lambda_streaming._deadline import Deadline
    from lambda_streaming._head import Options
    from lambda_streaming._response_stream import Sink

    Handler = Callable[..., object]
    Number = Callable[[bytes, int], bytes]


def kept(
    handler: Handler, event: object, options: Options, sink: Sink, deadline: Deadline
) -> tuple[Handler, Options, Sink, Number | None]:
    """Return what answers an invocation where streams are kept.

    :returns: the handler, its options, where the response goes, and what gives its events their ids
    """
    rest = _rest_of(event) if REPLAY in os.environ else None
    recorded = None if rest else recording(os.environ, event, deadline)
    kept_sink = recorded.keep(sink) if recorded else None
    current.begin(recorded, kept_sink)
    if rest:
        # what is replayed has the comments of the stream, and needs none
        replayed = _with_headers(options, {})
        replayed.grace = replayed.heartbeat = None
        return lambda event, context: rest, replayed, sink, None
    if recorded and kept_sink:
        return handler, _with_headers(options, recorded.headers), kept_sink, recorded.number
    return handler, options, sink, None


def _with_headers(options: Options, headers: Mapping[str, str]) -> Options:
    # what is there is checked, and each request would pay for it again; copy.copy takes four times as long
    added = object.__new__(type(options))
    added.media_type, added.status, added.margin = options.media_type, options.status, options.margin
    added.grace, added.heartbeat = options.grace, options.heartbeat
    added.headers = {**options.headers, **headers}
    return added


def _rest_of(event: object) -> Response | None:
    """Return the rest of a kept stream, for a client that asks for it where it has begun it."""
    headers = event.get("headers") if isinstance(event, dict) else None
    if not headers or not any(name.lower() == "last-event-id" for name in headers):
        return None
    from .replay import replay_of

    return replay_of(event)
