"""Answer ``POST .../{id}/stop``: ask the writer of the stream that a chat has at the moment to stop.

``stop()`` of the AI SDK only leaves a stream that can be resumed; its documentation has applications call an
endpoint of this form.

Environment: as for :mod:`streams.reader`.
"""

from __future__ import annotations

import os
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from json import loads
from typing import TYPE_CHECKING

from lambda_streaming import CollectedResponse, Response, stream
from lambda_streaming_cors import CorsHeaders, origin_of
from lambda_streaming_store import rows
from lambda_streaming_store.errors import ConditionFailed, StoreError
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.replay import unavailable
from lambda_streaming_store.table import Table

from .request import EXPOSED, id_of

if TYPE_CHECKING:
    from lambda_streaming_store.follow import Rows

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
CORS = CorsHeaders.of(os.environ, EXPOSED)
# A client may stop what the table does not have yet. Seconds that it is looked for, and between two looks.
_PATIENCE, _PAUSE = 1.0, 0.1


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request; a chat that has no stream is no error."""
    return stream(headers=CORS.headers(origin_of(event)))(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    try:
        stop(TABLE, owner_of(event), id_of(event), _active_stream_id(event))
    except StoreError as error:
        raise unavailable() from error
    return Response(204)


def stop(
    table: Rows,
    owner: str,
    chat_id: str,
    only: str | None = None,
    *,
    sleep: Callable[[float], object] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Cancel the stream of a chat, and have it none any more, unless it has got another meanwhile.

    :param only: the stream that the client means; any other goes on. Default: - whichever it is
    :raises StoreError: when the table does not answer
    """
    chat, until = rows.chat_key(owner, chat_id), monotonic() + _PATIENCE
    while True:
        now = time.time()
        active = rows.active_of(table.call("GetItem", rows.get(chat, rows.ACTIVE)).get("Item"), now)
        if active and only and active != only:
            return
        if active:
            partition = rows.partition_key(owner, active)
            head = table.call("GetItem", rows.get(partition)).get("Item")
            if head and rows.Head(head).status == rows.STREAMING:
                with suppress(ConditionFailed):
                    table.call("UpdateItem", rows.flag(partition, rows.CANCEL))
                    table.call("UpdateItem", rows.clear_active(chat, active))
                return
        # an older one has ended: the client may mean the next, of which nothing is in the table yet
        if (active and only) or monotonic() > until:
            return
        sleep(_PAUSE)


def _active_stream_id(event: Mapping[str, object]) -> str | None:
    """Return ``activeStreamId`` of a body; one that says anything else says nothing."""
    body = str(event.get("body") or "")
    try:
        members = loads(b64decode(body) if event.get("isBase64Encoded") else body)
    except (ValueError, RecursionError):
        return None
    found = members.get("activeStreamId") if isinstance(members, dict) else None
    return found if isinstance(found, str) and found else None
