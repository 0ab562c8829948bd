"""Answer ``DELETE /streams/{id}``: stop a stream and delete its rows at once.

``DELETE /v1/responses/{responseId}`` is the same for a response of OpenAI's Responses API.

Environment: as for :mod:`streams.reader`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from lambda_streaming import CollectedResponse, Response, stream
from lambda_streaming_cors import CorsHeaders, origin_of
from lambda_streaming_store import rows
from lambda_streaming_store.follow import Liveness
from lambda_streaming_store.table import Table

from .request import EXPOSED, find, partition_of
from .responses import found, is_of_response

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
CORS = CorsHeaders.of(os.environ, EXPOSED)
# Seconds between two looks whether the writer has stopped.
_PAUSE = 0.2


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request once nothing of the stream is left."""
    return stream(headers=CORS.headers(origin_of(event)))(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    if is_of_response(event):
        kept = found(TABLE, event)
        find(lambda: erase(TABLE, kept.partition))
        return Response(body={"id": kept.id, "object": "response", "deleted": True})
    partition = partition_of(event)
    find(lambda: erase(TABLE, partition))
    return Response(204)


def erase(table: Table, partition: str, sleep: Callable[[float], object] = time.sleep) -> None:
    """Delete the rows of a stream, and again what its writer has written until it stopped.

    :raises ConditionFailed: when there is no such stream
    """
    table.call("UpdateItem", rows.flag(partition, rows.ERASE))
    liveness = Liveness()
    while True:
        _delete_batches(table, partition)
        item = table.call("GetItem", rows.get(partition)).get("Item")
        if item is None:
            return
        head = rows.Head(item)
        if head.status != rows.STREAMING or liveness.lost(head, time.monotonic(), time.time()):
            break
        sleep(_PAUSE)
    _delete_batches(table, partition)
    # without its head the writer cannot go on, should it be alive
    table.call("DeleteItem", {"Key": rows.key_of(partition)})


def _delete_batches(table: Table, partition: str) -> None:
    for item in list(table.query(rows.query_all(partition))):
        if item[rows.SORT]["S"] != rows.HEAD:
            table.call("DeleteItem", {"Key": dict(item)})
