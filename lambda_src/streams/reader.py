"""Answer ``GET /streams/{id}``: replay a kept stream, follow it, and end as its first client saw it end.

Environment: STREAM_TABLE is the table of the store. CORS_ALLOW_ORIGIN and CORS_ALLOW_CREDENTIALS are those of
the probe.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from lambda_streaming import CollectedResponse, HTTPError, Response, stream
from lambda_streaming_store import follow
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.follow import Follower
from lambda_streaming_store.rows import ENDED
from lambda_streaming_store.table import Table

from .cors import cors_headers, origin_of
from .request import find, partition_of, position_of, unavailable, unknown

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
_AGAIN = {"x-should-retry": "false"}
#: exception -> status, code and message for the client
ERRORS: Mapping[type[Exception], tuple[int, str, str]] = {
    follow.StreamLost: (
        502,
        "producer_lost",
        "the producer is lost, and the stream incomplete",
    ),
    follow.StreamCut: (502, "stream_cut", "the stream broke off before it was complete"),
    follow.StreamNotKept: (410, "stream_not_kept", "the rest of the stream was not kept"),
    follow.PositionUnknown: (416, "position_unknown", "the stream has ended before this position"),
}
# Of the connection, of the request or of the page that began the stream.
_NOT_REPLAYED = {"content-length", "request-id", "vary", "x-request-id"}
_CORS = "access-control-"
#: What keeps a silent stream alive is no reason to come back for it.
_PING = b": ping\n\n"
_SHORT = 1024


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request, with the headers for its origin also where it fails."""
    headers = cors_headers(os.environ, origin_of(event))
    # the heartbeats of the first response are kept with it, and others would move the positions in it
    return stream(headers=headers, grace=None, heartbeat=None)(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    position, partition = position_of(event), partition_of(event)
    follower, answer, is_over = find(lambda: _opened(partition, position))
    if is_over:
        return Response(204)
    headers = {
        name: value
        for name, value in answer["headers"].items()
        if name not in _NOT_REPLAYED and not name.startswith(_CORS)
    }
    return Response(answer["status"], headers, body=_body(follower, position))


def _opened(partition: str, position: int) -> tuple[Follower, Mapping[str, Any], bool]:
    follower = Follower(TABLE, partition)
    return follower, follower.answer(), _is_over(follower, position)


def _is_over(follower: Follower, position: int) -> bool:
    """Return whether there is nothing left to send: EventSource comes back until it is told so by a 204."""
    head = follower.head
    if head.status != ENDED or head.length is None or not 0 < position <= head.length:
        return False
    if head.length - position > _SHORT:
        return False
    return not b"".join(follower.chunks(position)).replace(_PING, b"")


def _body(follower: Follower, position: int) -> Iterator[bytes]:
    try:
        yield from follower.chunks(position)
    except follow.StreamUnknown:
        raise unknown() from None
    except tuple(ERRORS) as error:
        status, code, message = ERRORS[type(error)]
        raise HTTPError(status, message, code=code, headers=_AGAIN) from error
    except StoreError as error:
        raise unavailable() from error
