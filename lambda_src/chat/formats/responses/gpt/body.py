"""Make the body for Bedrock's path for the Responses API, and hold the deployment's decisions on it."""

from __future__ import annotations

from ....converse.request import positive
from ....json_body import bad_request
from ...members import kept
from ...openai_words import TIERS
from ..members import LOGPROBS
from .items import input_items
from .members import BODY, FORMATS, PLAIN, REASONING, TEXT
from .tools import client_tools, tool_choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ....json_body import JsonObject
    from ....settings import AllowedModel, ChatSettings

_TIER, _SYSTEM = "serviceTier", "system"
_ENCRYPTED = ["reasoning.encrypted_content"]


def native_members(body: JsonObject, settings: ChatSettings) -> dict[str, Any]:
    """Return what reaches the model of a request.

    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    given = kept(body, BODY)
    if LOGPROBS in body.sequence("include"):
        raise bad_request("include asks for probabilities", "unsupported_value", "include")
    own_system = not settings.system or _SYSTEM in settings.caller_may_set
    members: dict[str, Any] = {name: given[name] for name in PLAIN if name in given}
    members["input"] = input_items(body, own_system)
    members["max_output_tokens"] = positive(body, "max_output_tokens")
    members["instructions"] = body.text("instructions")
    if members["instructions"] and not own_system:
        raise bad_request("system is decided by this API and cannot be set", "not_allowed", _SYSTEM)
    if reasoning := body.member("reasoning"):
        members["reasoning"] = kept(reasoning, REASONING, "reasoning.")
    if text := body.member("text"):
        members["text"] = _text(text)
    members["tools"] = client_tools(body)
    members["tool_choice"] = tool_choice(body, members["tools"])
    members["service_tier"] = _tier(body, settings)
    return {name: value for name, value in members.items() if value not in (None, [], {})}


def decided_body(settings: ChatSettings, model: AllowedModel, members: dict[str, Any]) -> dict[str, Any]:
    """Return a body with what the deployment decides in it, whatever a caller wrote.

    The answer is streamed in any case: a whole one would need another permission.
    """
    body = {
        **members,
        "include": _ENCRYPTED,
        "model": model.model_id,
        "store": False,
        "stream": True,
    }
    if settings.system:
        own = members.get("instructions")
        body["instructions"] = f"{settings.system}\n\n{own}" if own else settings.system
    if settings.max_tokens is not None:
        asked = members.get("max_output_tokens", settings.max_tokens)
        body["max_output_tokens"] = min(asked, settings.max_tokens)
    return body


def _text(text: JsonObject) -> dict[str, Any]:
    found = kept(text, TEXT, "text.")
    if form := text.member("format"):
        kind = form.required("type")
        if kind not in FORMATS:
            path = form.at("type")
            raise bad_request(f"{path} must be {', '.join(FORMATS)}", "unsupported_value", path)
        form.only(*FORMATS[kind])
        found["format"] = {name: form.value[name] for name in FORMATS[kind] if form.has(name)}
    return found


def _tier(body: JsonObject, settings: ChatSettings) -> str | None:
    """Return a tier with another price than the default one."""
    tier = body.text("service_tier")
    if tier not in (None, *TIERS):
        body.drop("service_tier")
    served = TIERS.get(tier or "")
    if served and _TIER not in settings.caller_may_set:
        raise bad_request(f"{_TIER} is decided by this API and cannot be set", "not_allowed", _TIER)
    return served
