"""``POST /v1/messages``: Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from ...limits.caller_fields import KNOWN_BETAS
from ...limits.families import ANTHROPIC
from ..fitting import fit
from .request import to_converse
from .response import message, message_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_streaming import HTTPError

    from ...converse.model_call import ChatRequest, Converted, ResponseMetadata
    from ...converse.stream import ConverseEvent
    from ...json_body import JsonObject
    from ...limits.families import Family

#: What Anthropic's clients know as an overloaded service.
STATUSES = {503: 529}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    model = body.text("model")
    allowed = request.settings.model(model)
    converted = to_converse(body, allowed.family)
    fit(body, converted.members, allowed, "stop_sequences")
    _add_betas(request, body, allowed.family, converted)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=message(events, metadata, converted.tool_names))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=message_events(events, metadata, converted.tool_names))

    return ModelCall(model, converted.members, respond, converted=converted)


def _add_betas(request: ChatRequest, body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Add the betas that the deployment allows to the model's own request, and drop the others."""
    betas = [each.strip() for each in (request.header("anthropic-beta") or "").split(",")]
    betas += body.strings("anthropic_beta")
    allowed = []
    for beta in dict.fromkeys(filter(None, betas)):
        if beta not in KNOWN_BETAS:
            body.drop_unknown(f"anthropic-beta: {beta}")
        elif family is ANTHROPIC and request.settings.caller_fields.allows_beta(beta):
            allowed.append(beta)
        else:
            body.drop(f"anthropic-beta: {beta}")
    if allowed:
        converted.own_fields["anthropic_beta"] = allowed


def translate_error(error: HTTPError) -> None:
    """Give an error the status by which Anthropic's clients know it."""
    error.status = STATUSES.get(error.status, error.status)
