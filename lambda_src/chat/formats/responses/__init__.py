"""``POST /v1/responses``: OpenAI's Responses API.

https://platform.openai.com/docs/api-reference/responses and .../responses-streaming. Nothing is stored: the
client sends the whole conversation, and reasoning travels in ``encrypted_content``.
"""

from __future__ import annotations

from lambda_streaming import HTTPError, Response

from ...converse.model_call import ModelCall
from ...routes import RESPONSE
from ..fitting import fit
from .request import to_converse
from .resource import opening
from .response import ResponseEvents
from .tools import ClientTools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...converse.stream import ConverseEvent

# Where OpenAI's API has what Bedrock calls otherwise.
_FIELDS = {"serviceTier": "service_tier", "system": "instructions", "messages": "input"}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart; 404 for a response by its id
    """
    if RESPONSE in request.path.rstrip("/"):
        message = "the response does not exist: this API stores no responses; send the whole conversation"
        raise HTTPError(404, message, code="response_not_found", param="response_id")
    body = request.body()
    model = body.text("model")
    allowed = request.settings.model(model)
    tools = ClientTools()
    converted = to_converse(body, tools, allowed.family)
    fit(body, converted.members, allowed, "stop")
    members = opening(body)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        answer = ResponseEvents(events, metadata, members, tools)
        if not streams:
            return Response(body=answer.whole())
        return Response(headers={"content-type": "text/event-stream"}, body=answer)

    return ModelCall(model, converted.members, respond, converted=converted)


def translate_error(error: HTTPError) -> None:
    """Name the field at fault as the caller does."""
    error.param = _FIELDS.get(error.param or "", error.param)
