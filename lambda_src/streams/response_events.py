"""Replay the events of a kept response, follow it, and end with the event of an end, whatever ended it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lambda_streaming import HTTPError
from lambda_streaming_store import follow
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.follow import Follower, StreamUnknown
from lambda_streaming_store.replay import unavailable
from lambda_streaming_store.responses import (
    LOST,
    NOT_KEPT,
    KeptResponse,
    data_of,
    events_of,
    failed,
    response_in,
)
from lambda_streaming_store.rows import STREAMING
from lambda_streaming_store.table import Table

_FAILED = "response.failed"
_DELETED = "the response was deleted, or has expired"
_WHY: dict[type[Exception], str] = {
    follow.StreamCut: LOST,
    follow.StreamLost: LOST,
    follow.StreamNotKept: NOT_KEPT,
    StreamUnknown: _DELETED,
}


def events_after(table: Table, kept: KeptResponse, after: int) -> Iterator[bytes]:
    """Yield the events with numbers above another.

    :raises HTTPError: 404 for a response that has no events, or none before its end, 503 when the table does
        not answer
    """
    if kept.head.status == STREAMING and not kept.background:
        raise unknown_response(kept.id)
    try:
        follower = Follower(table, kept.partition)
    except StreamUnknown:
        raise unknown_response(kept.id) from None
    except StoreError as error:
        raise unavailable() from error
    return _followed(follower, after)


def _followed(follower: Follower, after: int) -> Iterator[bytes]:
    number, newest = -1, None
    try:
        for event in events_of(follower.chunks(0)):
            data = data_of(event)
            if data is None:
                yield event  # what keeps a silent stream alive
                continue
            number = max(number, int(data.get("sequence_number", number)))
            newest = response_in(event) or newest
            if number > after:
                yield event
    except tuple(_WHY) as error:
        if newest is None:
            raise HTTPError(502, _WHY[type(error)], code="server_error") from error
        yield _event(_FAILED, number + 1, {"response": failed(newest, _WHY[type(error)])})
    except StoreError as error:
        raise unavailable() from error


def _event(kind: str, number: int, members: dict[str, Any]) -> bytes:
    text = json.dumps({"type": kind, "sequence_number": number, **members}, separators=(",", ":"))
    return f"event: {kind}\ndata: {text}\n\n".encode()


def unknown_response(response_id: str) -> HTTPError:
    """Return the one answer to an id that is not known, has expired, or belongs to somebody else."""
    message = f"Response with id '{response_id[:80]}' not found."
    return HTTPError(
        404, message, type="invalid_request_error", code="response_not_found", param="response_id"
    )
