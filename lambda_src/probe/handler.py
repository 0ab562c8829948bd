"""Entry point of the probe: a stream without a model, for clients that check how a stream arrives.

Environment: CORS_ALLOW_ORIGIN, when it is set, is the one origin whose pages may read the responses.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

from lambda_streaming import Event, stream

from .schedule import Schedule, events

CORS_HEADERS = (
    {"access-control-allow-origin": os.environ["CORS_ALLOW_ORIGIN"]}
    if "CORS_ALLOW_ORIGIN" in os.environ
    else {}
)


@stream(headers=CORS_HEADERS)
def handler(event: Mapping[str, object], context: object) -> Iterator[dict[str, object] | bytes | Event]:
    """Answer ``POST /probe``: send stamped events with the gaps that the body asks for."""
    yield from events(Schedule.from_event(event), time.monotonic, time.sleep)
