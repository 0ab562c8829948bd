"""``POST /model/{modelId}/converse-stream``: Bedrock's own operation, so that boto3 works with another URL.

``/converse`` is the same with a whole answer, which is assembled from the stream: the function needs the
permission to stream and no other. Nothing is relayed unseen: the settings of the function hold here as on the
other routes.
"""

from __future__ import annotations

from lambda_streaming import Response

from ..converse.model_call import ModelCall
from ..converse.request import NAMES, to_converse
from .event_stream import CONTENT_TYPE, Frames, translate_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..converse.stream import ConverseEvent

__all__ = ["read", "translate_error"]

#: How the path of the operation with a whole answer ends.
WHOLE = "/converse"


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 for anything that ConverseStream would not take
    """
    body = request.body()
    body.only(*NAMES)

    whole = request.path.rstrip("/").endswith(WHOLE)

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if whole:
            from .whole import converse_output, json_response

            return json_response(converse_output(events))
        return Response(headers={"content-type": CONTENT_TYPE}, body=Frames(events))

    return ModelCall(request.model_in_path(), to_converse(body), respond)
