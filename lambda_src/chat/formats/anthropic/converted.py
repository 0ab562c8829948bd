"""Requests of Anthropic's Messages API through ConverseStream."""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from ...limits.caller_fields import KNOWN_BETAS
from ...limits.families import ANTHROPIC, takes_no_sampling
from ..fitting import fit
from .request import to_converse
from .response import message, message_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...converse.model_call import ChatRequest, Converted, ResponseMetadata
    from ...converse.stream import ConverseEvent
    from ...json_body import JsonObject
    from ...limits.families import Family
    from ...settings import AllowedModel


def converted(request: ChatRequest, body: JsonObject, model: AllowedModel) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    asked = to_converse(body, model.family)
    fit(body, asked.members, model, "stop_sequences")
    if takes_no_sampling(model.model_id) and asked.own_fields.pop("top_k", None) is not None:
        body.drop("top_k")
    _add_betas(request, body, model.family, asked)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=message(events, metadata, asked.tool_names))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=message_events(events, metadata, asked.tool_names))

    return ModelCall(body.text("model"), asked.members, respond, converted=asked)


def _add_betas(request: ChatRequest, body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Add the betas that Bedrock takes and the deployment allows to the request, and drop the others."""
    betas = [each.strip() for each in (request.header("anthropic-beta") or "").split(",")]
    betas += body.strings("anthropic_beta")
    if not (betas := list(dict.fromkeys(filter(None, betas)))):
        return
    from ..claude.members import BETAS  # few requests have any

    allowed = []
    for beta in betas:
        if beta not in KNOWN_BETAS:
            body.drop_unknown(f"anthropic-beta: {beta}")
        elif family is ANTHROPIC and beta in BETAS and request.settings.caller_fields.allows_beta(beta):
            allowed.append(beta)
        else:
            body.drop(f"anthropic-beta: {beta}")
    if allowed:
        converted.own_fields["anthropic_beta"] = allowed
