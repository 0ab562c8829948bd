"""Put the record of a request together once its response has ended."""

from __future__ import annotations

from lambda_streaming import HTTPError
from lambda_streaming_store.owner import caller_of

from .counts import Usage, usage_of
from .ends import guardrail_action_of, stop_reason_of, tier_of
from .prices import DEFAULT, cost_of
from .record import NONE, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..converse.model_call import Exchange, ModelCall
    from ..settings import ChatSettings

#: Module of a format -> its name in records.
FORMATS = {
    "anthropic": "anthropic",
    "anthropic.counting": "anthropic_count_tokens",
    "count_tokens": "count_tokens",
    "invoke": "invoke_model",
    "models": "models",
    "native": "native",
    "openai": "chat_completions",
    "relay": "converse",
    "responses": "responses",
    "ui": "ai_sdk",
}
# Formats that ask no model for an answer; CountTokens is free of charge.
_FREE = ("anthropic.counting", "count_tokens", "models")
#: Codes of what ends a response and has none of its own: the Runtime API took no more of it, and a bug.
REJECTED, FAILED = "stream_rejected", "internal_error"


def call_of(
    exchange: Exchange,
    error: BaseException | None,
    settings: ChatSettings,
    *,
    ended: float,
    input_tokens: Callable[[], tuple[int, str]] | None = None,
) -> Call:
    """Return what the record of a request says.

    :param error: that ended its response
    :param ended: when it ended, by the clock of the meter
    :param input_tokens: estimates the input of a stream that broke, and says how. Default: - it is zero then
    """
    meter, call, model = exchange.meter, exchange.call, exchange.model
    name = getattr(exchange.format, "__name__", "").removeprefix("chat.formats.")
    usage = Usage({}) if name in _FREE else usage_of(meter, input_tokens)
    told = Call(usage, caller_of(exchange.event))
    told.request_id = getattr(exchange.context, "aws_request_id", None) or "local"
    if exchange.stream_id:
        from lambda_streaming_store.rows import partition_key  # loaded where streams are kept

        # where nobody is authenticated, whoever has the id has the stream
        told.stream_key = partition_key(told.caller.owner, exchange.stream_id)
    told.api, told.route = _api_and_route(exchange.event)
    told.format = FORMATS.get(name, NONE)
    told.started, told.ended = exchange.started, ended
    told.first_at, told.last_at = meter.first_at, meter.last_at
    told.error = code_of(error)
    kept = meter.kept
    told.stop_reason = stop_reason_of(kept)
    told.guardrail_action = guardrail_action_of(kept, told.stop_reason)
    if model is not None:
        told.model = model.name
        headers = exchange.metadata.headers if exchange.metadata else {}
        tier = tier_of(kept, headers, asked_tier(call, settings))
        told.cost = cost_of(usage, model.price, tier or DEFAULT)
    return told


def code_of(error: BaseException | None) -> str | None:
    """Return the code of what ended a response; None for a whole one."""
    if error is None:
        return None
    if isinstance(error, HTTPError):
        return error.code
    return REJECTED if isinstance(error, OSError) else FAILED


def asked_tier(call: ModelCall | None, settings: ChatSettings) -> str | None:
    """Return the service tier that a request asks for, or the deployment."""
    asked = (call.members if call else {}).get("serviceTier")
    tier = asked.get("type") if isinstance(asked, dict) else None
    return tier if isinstance(tier, str) else settings.service_tier


def _api_and_route(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id of the API and the template of the route; what a caller wrote is in neither."""
    context = event.get("requestContext")
    context = context if isinstance(context, dict) else {}
    route = event.get("resource") or context.get("resourcePath") or event.get("routeKey")
    return _text(context.get("apiId")), _text(route)


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else NONE
