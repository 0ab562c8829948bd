"""Estimate the input of a call whose stream broke before Bedrock told it."""

from __future__ import annotations

import json

from ..formats.token_count import ask_for_count, counts_tokens, estimate
from .counts import COUNT_TOKENS, SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..bedrock import StreamingClient
    from ..converse.model_call import Exchange
    from ..settings import AllowedModel, ChatSettings

# Members of ConverseTokensRequest: botocore's service model.
_COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
# A body is complete for CountTokens with these, and without what goes beside it.
_COMPLETE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1}
_BESIDE = ("model", "stream")
# Seconds that CountTokens takes at most, with its retries.
LONGEST = 15.0


def estimated_input(
    exchange: Exchange, settings: ChatSettings, connect: Callable[[], StreamingClient] | None, left: float
) -> tuple[int, str]:
    """Return about how many tokens a request has, and how they were counted.

    :param connect: returns a client for CountTokens; None where the function may not count
    :param left: seconds until Lambda kills the function
    """
    call, model = exchange.call, exchange.model
    if call is None or model is None:
        return 0, SIZE
    if connect and left > LONGEST and counts_tokens(model.model_id):
        try:
            tokens = _counted(connect(), model, _input(exchange, settings, model))
        except Exception:  # an estimate is better than no record
            tokens = None
        if tokens is not None:
            return tokens, COUNT_TOKENS
    sent = call.native or call.members
    return estimate([settings.system, call.own_system, sent]), SIZE


def _input(exchange: Exchange, settings: ChatSettings, model: AllowedModel) -> dict[str, Any]:
    """Return ``input`` of CountTokens for a call."""
    call = exchange.call
    assert call is not None
    if call.native:
        body = {**_COMPLETE, **call.native}
        if settings.system:
            from ..formats.claude.decisions import with_system

            body = with_system(settings, body)
        body = {name: value for name, value in body.items() if name not in _BESIDE}
        return {"invokeModel": {"body": json.dumps(body).encode()}}
    sent = settings.arguments(model, call.members, call.own_fields, call.own_system)
    return {"converse": {name: sent[name] for name in _COUNTED if name in sent}}


def _counted(client: StreamingClient, model: AllowedModel, counted: dict[str, Any]) -> int | None:
    (event,) = ask_for_count(client, model, counted, {})["body"]
    return None if event["estimated"] else int(event["tokens"])
