"""Answer ``POST /streams/{id}/cancel``: ask the writer of a stream to stop.

Environment: as for :mod:`streams.reader`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lambda_streaming import CollectedResponse, Response, stream
from lambda_streaming_cors import CorsHeaders, origin_of
from lambda_streaming_store.rows import CANCEL, flag
from lambda_streaming_store.table import Table

from .request import EXPOSED, find, partition_of

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
CORS = CorsHeaders.of(os.environ, EXPOSED)


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request; a stream that has ended or is cancelled already is no error."""
    return stream(headers=CORS.headers(origin_of(event)))(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    partition = partition_of(event)
    find(lambda: TABLE.call("UpdateItem", flag(partition, CANCEL)))
    return Response(204)
