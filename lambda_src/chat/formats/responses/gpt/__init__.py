"""Requests of OpenAI's Responses API to OpenAI's models on Bedrock, as they are.

Converse loses reasoning, custom tools and the keys of caches, so where the deployment says so these models
get OpenAI's own words, on Bedrock's path for them: behind a list of what that takes, and under the decisions
of the deployment. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
"""

from __future__ import annotations

import json

from lambda_streaming import Response

from ....converse.model_call import ModelCall
from ...asking import ask_again
from ..resource import identified, opening
from .body import decided_body, native_members
from .events import checked_events
from .response import RelayedEvents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ....bedrock import StreamingClient
    from ....converse.model_call import ChatRequest, ResponseMetadata
    from ....json_body import JsonObject
    from ....settings import AllowedModel
    from ...asking import Refused
    from ..state import State

PATH = "/openai/v1/responses"


def relayed(
    request: ChatRequest, body: JsonObject, model: AllowedModel, state: State | None = None
) -> ModelCall:
    """Return the call that a request asks for.

    :param state: what of it is kept. Default: - there is no store
    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    settings = request.settings
    members = native_members(body, settings)
    told = opening(body)
    streams = body.flag("stream")

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        def call(members: dict[str, Any]) -> dict[str, Any]:
            sent = json.dumps(decided_body(settings, model, members)).encode()
            return client.stream_vendor_api(path=PATH, body=sent, headers={})

        return ask_again(call, members, body, _refused)

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        if state:
            begun = identified(state.opening(told), state.identified(metadata))
            return state.respond(RelayedEvents(events, begun, state.stream_id))
        answer = RelayedEvents(events, identified(told, metadata))
        if not streams:
            return Response(body=answer.whole())
        return Response(headers={"content-type": "text/event-stream"}, body=answer)

    return ModelCall(body.text("model"), {}, respond, native=members, ask=ask, check=checked_events)


def _refused(error: Exception, members: dict[str, Any]) -> Refused | None:
    from .retry import refused_member  # only a refusal pays for it

    return refused_member(error, members)
