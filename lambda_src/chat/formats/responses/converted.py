"""Requests of OpenAI's Responses API through ConverseStream."""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from ..fitting import fit
from .request import to_converse
from .resource import opening
from .response import ResponseEvents
from .tools import ClientTools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...converse.model_call import ResponseMetadata
    from ...converse.stream import ConverseEvent
    from ...json_body import JsonObject
    from ...settings import AllowedModel
    from .state import State


def converted(body: JsonObject, model: AllowedModel, state: State | None = None) -> ModelCall:
    """Return the call that a request asks for.

    :param state: what of it is kept. Default: - there is no store
    :raises HTTPError: 400 that names the field that has no counterpart
    """
    tools = ClientTools()
    asked = to_converse(body, tools, model.family)
    fit(body, asked.members, model, "stop")
    members = opening(body)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if state:
            known, told = state.identified(metadata), state.opening(members)
            return state.respond(ResponseEvents(events, known, told, tools))
        answer = ResponseEvents(events, metadata, members, tools)
        if not streams:
            return Response(body=answer.whole())
        return Response(headers={"content-type": "text/event-stream"}, body=answer)

    return ModelCall(body.text("model"), asked.members, respond, converted=asked)
