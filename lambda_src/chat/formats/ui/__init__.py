"""``POST /ui/chat``: the UI message stream of the AI SDK, which ``useChat`` reads.

https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol. Beside what the client itself sends, the body may have
``model`` and members of ConverseStream.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from .request import to_converse
from .response import HEADERS, UiMessage, message_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...converse.stream import ConverseEvent


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    converted = to_converse(body)

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        parts = message_parts(events, metadata, converted.tool_names)
        return Response(headers=HEADERS, body=UiMessage(parts))

    return ModelCall(body.text("model"), converted.members, respond, converted=converted)
