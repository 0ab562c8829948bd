"""Answer ``GET /streams/{id}``: replay a kept stream, follow it, and end as its first client saw it end.

``GET .../{id}/stream`` is the same for the stream that a chat has at the moment. ``GET
/v1/responses/{responseId}`` is for a response of OpenAI's Responses API, and so is ``.../input_items``.

Environment: STREAM_TABLE is the table of the store. CORS_ALLOW_ORIGIN and CORS_ALLOW_CREDENTIALS are those of
the probe.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lambda_streaming import CollectedResponse, Response, stream
from lambda_streaming_cors import CorsHeaders, origin_of
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.replay import replay, replay_chat, unavailable
from lambda_streaming_store.table import Table

from .request import EXPOSED, find, id_of, is_of_chat, partition_of, position_of
from .responses import answer, is_of_response

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
CORS = CorsHeaders.of(os.environ, EXPOSED)


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request, with the headers for its origin also where it fails."""
    headers = CORS.headers(origin_of(event))
    # the heartbeats of the first response are kept with it, and others would move the positions in it
    return stream(headers=headers, grace=None, heartbeat=None)(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    if is_of_response(event):
        return answer(TABLE, event)
    if is_of_chat(event):
        try:
            return replay_chat(TABLE, owner_of(event), id_of(event))
        except StoreError as error:
            raise unavailable() from error
    position, partition = position_of(event), partition_of(event)
    return find(lambda: replay(TABLE, partition, position))
