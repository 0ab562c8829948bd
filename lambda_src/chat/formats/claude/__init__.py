"""Requests of Anthropic's Messages API to Claude, as they are.

A conversion drops what it does not know, so Anthropic's models get Anthropic's own words, through
InvokeModelWithResponseStream: behind a list of what that takes, and under the decisions of the deployment.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from .body import NativeBody, must_convert
from .decisions import decided_arguments
from .events import checked_events
from .response import message, message_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ...bedrock import StreamingClient
    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...json_body import JsonObject
    from ...settings import AllowedModel, ChatSettings

__all__ = ["must_convert", "relayed"]


def relayed(request: ChatRequest, body: JsonObject, model: AllowedModel) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    settings = request.settings
    native = NativeBody(body, model.model_id, request.header("anthropic-beta"), settings.caller_fields)
    # what is refused is refused before anything is asked
    decided_arguments(settings, model, native.members)
    streams = body.flag("stream")

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        return _ask(client, settings, model, body, native.members)

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=message(events, metadata.model, native.tool_names))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=message_events(events, metadata.model, native.tool_names))

    return ModelCall(body.text("model"), {}, respond, native=native.members, ask=ask, check=checked_events)


def _ask(
    client: StreamingClient,
    settings: ChatSettings,
    model: AllowedModel,
    body: JsonObject,
    members: dict[str, Any],
) -> dict[str, Any]:
    """Ask the model, and once more without what Bedrock refuses as an extra input."""
    try:
        return client.invoke_model_with_response_stream(**decided_arguments(settings, model, members))
    except Exception as error:
        from .retry import name_of, refused_path, without  # only a refusal pays for it

        path = refused_path(error)
        fewer = without(members, path) if path else None
        if path is None or fewer is None:
            raise
        if name := name_of(path):
            body.drop(name)
        elif body.dropped:
            body.dropped.unknown += 1
    return client.invoke_model_with_response_stream(**decided_arguments(settings, model, fewer))
