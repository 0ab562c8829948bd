"""Entry point of the bundled Bedrock function: the only module that knows the environment and the log.

Environment: BEDROCK_MODEL_ID is a model id, an inference profile id or an ARN. CORS_ALLOW_ORIGIN, when it is
set, is the one origin whose pages may read the responses.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import closing

from lambda_streaming import Event, Response, stream

from .bedrock import connect
from .converse import ConverseEvent, arguments, checked
from .errors import UpstreamError, translate
from .formats import FORMATS
from .request import ChatRequest

logger = logging.getLogger(__name__)

MODEL_ID = os.environ["BEDROCK_MODEL_ID"]
CORS_HEADERS = (
    {
        "access-control-allow-origin": os.environ["CORS_ALLOW_ORIGIN"],
        "access-control-expose-headers": "request-id, retry-after, x-request-id",
    }
    if "CORS_ALLOW_ORIGIN" in os.environ
    else {}
)
# A model that reasons can be silent for minutes, which the SDK's 60 seconds would cut.
BEDROCK = connect(connect_timeout=5, read_timeout=300)


@stream(headers=CORS_HEADERS)
def handler(event: Mapping[str, object], context: object) -> Response:
    """Answer ``POST /chat``: the prompt goes to the model, its text to the client as it comes."""
    request = ChatRequest.from_event(event)
    chosen = FORMATS[request.format]
    return Response(
        headers={"content-type": chosen.content_type}, body=_logged(chosen.write(_converse(request)))
    )


def _converse(request: ChatRequest) -> Iterator[ConverseEvent]:
    try:
        response = BEDROCK.converse_stream(**arguments(request, MODEL_ID))
    except Exception as error:
        raise translate(error) from error
    with closing(response["stream"]) as events:
        yield from checked(events)


def _logged(items: Iterator[Event | dict[str, object] | str]) -> Iterator[Event | dict[str, object] | str]:
    """Log the cause of a failure, which the client must not see. Prompts and completions are not logged."""
    try:
        yield from items
    except UpstreamError as error:
        logger.error("bedrock failed with %s: %s", error.code, error.__cause__ or error)
        raise
