"""``POST /v1/messages/count_tokens``: the tokens of a request of Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages-count-tokens
"""

from __future__ import annotations

import json

from ...converse.model_call import ModelCall
from ...json_body import JsonObject
from ...limits.families import ANTHROPIC
from ..claude.body import NativeBody
from ..claude.decisions import with_system
from ..token_count import ask_for_count, checked_count, count_response
from . import translate_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lambda_streaming import Response

    from ...bedrock import StreamingClient
    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...settings import AllowedModel

__all__ = ["read", "translate_error"]

# Members of a request that make its tokens.
_COUNTED = ("messages", "system", "tools")


def read(request: ChatRequest) -> ModelCall:
    """Return the call that counts, with the system prompt of the deployment.

    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    body = request.body()
    model = request.settings.model(body.text("model"))
    counted = _counted(request, body, model)

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        native = {"invokeModel": {"body": json.dumps(counted).encode()}}
        return ask_for_count(client, model, native, counted)

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        return count_response("input_tokens", events)

    return ModelCall(body.text("model"), {}, respond, native=counted, ask=ask, check=checked_count, free=True)


def _counted(request: ChatRequest, body: JsonObject, model: AllowedModel) -> dict[str, Any]:
    """Return what is counted: a whole request in Anthropic's words, or what an estimate needs."""
    # a whole request has a limit, into which its thinking fits
    thinking = body.value.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    limit = budget + 1 if isinstance(budget, int) and budget > 0 else 1
    whole = JsonObject({**body.value, "max_tokens": limit}, dropped=body.dropped)
    settings = request.settings
    if model.family is ANTHROPIC:
        betas = request.header("anthropic-beta")
        native = NativeBody(whole, model.model_id, betas, settings.caller_fields).members
        settings.caller_fields.check_native(native)
        return with_system(settings, native)
    from .request import to_converse

    settings.check(model, to_converse(whole, model.family).members)
    return {"deployed": settings.system, **{name: body.value.get(name) for name in _COUNTED}}
