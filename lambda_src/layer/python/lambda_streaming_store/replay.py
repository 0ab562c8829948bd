"""Answer a request with a kept stream: replay it, follow it, and end as its first client saw it end."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress

from lambda_streaming import HTTPError, Response
from lambda_streaming._answer import method_and_domain

from . import follow
from .errors import StoreError
from .follow import Follower
from .owner import owner_of
from .rows import ACTIVE, ENDED, STREAMING, active_of, chat_key, get, partition_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .follow import Rows

_AGAIN = {"x-should-retry": "false"}
#: exception -> status, code and message for the client
ERRORS: Mapping[type[Exception], tuple[int, str, str]] = {
    follow.StreamLost: (502, "producer_lost", "the producer is lost, and the stream incomplete"),
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
# A client that was cut at once may be back before the table has the stream, and the handler would run again.
# Seconds that the stream is looked for, and between looks.
_PATIENCE, _PAUSE = 2.0, 0.1
_POSITION = re.compile("(?P<id>[0-9a-f]{32})[.](?P<position>[0-9]{1,12})")


def replay(store: Rows, partition: str, position: int, *, empty: bool = False) -> Response:
    """Return the response that goes on from a position of a stream.

    :param empty: whether what is behind the end is an empty body. Default: - a 204
    :raises StreamUnknown: when there is no such stream
    :raises StoreError: when the table does not answer
    """
    follower = Follower(store, partition)
    answer = follower.answer()
    if not empty and _is_over(follower, position):
        return Response(204)
    headers: dict[str, Any] = {
        name: value
        for name, value in answer["headers"].items()
        if name not in _NOT_REPLAYED and not name.startswith(_CORS)
    }
    return Response(answer["status"], headers, body=_body(follower, position))


def replay_chat(store: Rows, owner: str, chat_id: str) -> Response:
    """Return the whole of the stream that a chat has at the moment; 204 if it has none, or it has ended.

    The AI SDK takes a 404 for an error, and shows a message twice whose end it has already.

    :raises StoreError: when the table does not answer
    """
    item = store.call("GetItem", get(chat_key(owner, chat_id), ACTIVE)).get("Item")
    if stream_id := active_of(item, time.time()):
        partition = partition_key(owner, stream_id)
        with suppress(follow.StreamUnknown):
            if Follower(store, partition).head.status == STREAMING:
                return replay(store, partition, 0)
    return Response(204)


def replay_of(event: object) -> Response | None:
    """Return the rest of the stream that ``Last-Event-ID`` names; None where the handler is to run.

    Browsers and fetch-event-source repeat the request that began the stream when they reconnect, and its
    handler must not run again.
    """
    found = _POSITION.fullmatch(last_event_id(event))
    if not found:
        return None
    from .recording import TABLE, table_of

    partition, until = partition_key(owner_of(event), found["id"]), time.monotonic() + _PATIENCE
    # fetch-event-source takes a 204 for an error, and would ask for ever; EventSource sends GET alone
    posted = method_and_domain(event)[0] == "POST"
    while True:
        try:
            return replay(table_of(os.environ[TABLE]), partition, int(found["position"]), empty=posted)
        except follow.StreamUnknown:
            if time.monotonic() > until:
                return None
        except StoreError:
            return Response(body=_failing(unavailable()))
        time.sleep(_PAUSE)


def last_event_id(event: object) -> str:
    """Return the ``Last-Event-ID`` of a request, empty if it has none."""
    headers = event.get("headers") if isinstance(event, Mapping) else None
    fields = headers.items() if isinstance(headers, Mapping) else ()
    return next((str(value) for name, value in fields if name.lower() == "last-event-id"), "")


def unavailable() -> HTTPError:
    """Return the answer where the table does not answer."""
    return HTTPError(503, "the store of the streams does not answer", headers={"retry-after": "1"})


def unknown() -> HTTPError:
    """Return the one answer to an id that is not known, has expired, or belongs to somebody else."""
    return HTTPError(404, "there is no such stream", code="stream_not_found", param="id")


def _failing(error: HTTPError) -> Iterator[bytes]:
    raise error
    yield b""


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
