"""Answer the probe: a stream without a model, for clients that check how a stream arrives.

Environment: CORS_ALLOW_ORIGIN, when it is set, has the origins whose pages may read the responses, with
commas between them, or ``*``; CORS_ALLOW_CREDENTIALS is ``true`` when they may send cookies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from lambda_streaming import CollectedResponse, Event, stream
from lambda_streaming_cors import CorsHeaders, origin_of

from .schedule import Schedule, events

#: Response headers that pages may read.
EXPOSED = "x-stream-id"
CORS = CorsHeaders.of(os.environ, EXPOSED)


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer ``POST /probe``: send stamped events with the gaps that the body asks for."""
    # errors have the headers for the request's origin, too
    return stream(headers=CORS.headers(origin_of(event)))(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Iterator[dict[str, object] | bytes | Event]:
    yield from events(Schedule.from_event(event), time.monotonic, time.sleep)
