"""``POST /v1/messages``: Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from .request import own_fields, to_converse
from .response import message, message_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_streaming import HTTPError

    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...converse.stream import ConverseEvent

#: What Anthropic's clients know as an overloaded service.
STATUSES = {503: 529}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    members = to_converse(body)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=message(events, metadata))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=message_events(events, metadata))

    return ModelCall(body.text("model"), members, respond, own_fields=own_fields(body))


def translate_error(error: HTTPError) -> None:
    """Give an error the status by which Anthropic's clients know it."""
    error.status = STATUSES.get(error.status, error.status)
