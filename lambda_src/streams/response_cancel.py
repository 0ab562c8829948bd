"""Answer ``POST /v1/responses/{responseId}/cancel``: stop a response in the background, and return it.

Environment: as for :mod:`streams.reader`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lambda_streaming import CollectedResponse, Response, stream
from lambda_streaming_cors import CorsHeaders, origin_of
from lambda_streaming_store.table import Table

from .request import EXPOSED
from .responses import cancel

TABLE = Table(os.environ, os.environ["STREAM_TABLE"])
CORS = CorsHeaders.of(os.environ, EXPOSED)


def handler(event: Mapping[str, object], context: object) -> CollectedResponse:
    """Answer a request; a response that has ended or is cancelled already is no error."""
    return stream(headers=CORS.headers(origin_of(event)))(_answer)(event, context)


def _answer(event: Mapping[str, object], context: object) -> Response:
    return cancel(TABLE, event)
