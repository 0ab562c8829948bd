"""Requests of Anthropic's Messages API to Claude, as they are.

A conversion drops what it does not know, so Anthropic's models get Anthropic's own words, through
InvokeModelWithResponseStream or, where the deployment says so, Bedrock's path for Messages: behind a list of
what that takes, and under the decisions of the deployment.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from ...settings import MESSAGES
from ..asking import ask_again
from .body import NativeBody, must_convert, wants_format
from .decisions import decided_arguments, decided_body
from .events import checked_events
from .members import INVOKE_BODY, MESSAGES_BODY
from .response import message, message_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ...bedrock import StreamingClient
    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...json_body import JsonObject
    from ...settings import AllowedModel, ChatSettings
    from ..asking import Refused

__all__ = ["must_convert", "relayed"]


def relayed(request: ChatRequest, body: JsonObject, model: AllowedModel) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    settings = request.settings
    # its path is not known to take a form of the answer
    if settings.vendor_api(model) == MESSAGES and not wants_format(body):
        from .messages_api import message_call as call  # few deployments pay for it

        kind = MESSAGES_BODY
    else:
        call, kind = _invoke_call, INVOKE_BODY
    native = NativeBody(body, model.model_id, request.header("anthropic-beta"), settings.caller_fields, kind)
    # what is refused is refused before anything is asked
    decided_body(settings, model, native.members)
    streams = body.flag("stream")

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        return ask_again(
            lambda members: call(client, settings, model, members), native.members, body, _refused
        )

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=message(events, metadata.model, native.tool_names))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=message_events(events, metadata.model, native.tool_names))

    return ModelCall(body.text("model"), {}, respond, native=native.members, ask=ask, check=checked_events)


def _invoke_call(
    client: StreamingClient, settings: ChatSettings, model: AllowedModel, members: dict[str, Any]
) -> dict[str, Any]:
    return client.invoke_model_with_response_stream(**decided_arguments(settings, model, members))


def _refused(error: Exception, members: dict[str, Any]) -> Refused | None:
    from .retry import refused_member  # only a refusal pays for it

    return refused_member(error, members)
