"""Read from the events of a call why its answer ended, what a guardrail did, and how it was served."""

from __future__ import annotations

from .counts import members_of
from .prices import OPTIMIZED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

# Names of the reason in the last events: Converse and Nova, Titan, and all others.
_REASONS = ("stopReason", "completionReason", "stop_reason", "finish_reason")
# Where it is in an event, beside the event itself.
_WITHIN = ("messageStop", "delta", "choices", "outputs", "results", "incomplete_details", "response")
_GUARDRAIL = "amazon-bedrock-guardrailAction"
_INTERVENED = "INTERVENED"
# Converse says it as the reason.
_BY_GUARDRAIL = "guardrail_intervened"
_LONGEST = 64


def stop_reason_of(events: Iterable[Any]) -> str | None:
    """Return the reason for which an answer ended, in the words of the model's API."""
    found = None
    for event in events:
        for members in _holders(members_of(event)):
            found = next((each for name in _REASONS if (each := _word(members.get(name)))), found)
            if members.get("object") == "response" or "incomplete_details" in members:
                found = _reason_of_response(members) or found
    return found


def guardrail_action_of(events: Iterable[Any], stop_reason: str | None) -> str | None:
    """Return ``INTERVENED``, ``NONE``, or None where no guardrail is told of."""
    if stop_reason == _BY_GUARDRAIL:
        return _INTERVENED
    told = [_word(members_of(event).get(_GUARDRAIL)) for event in events]
    return _INTERVENED if _INTERVENED in told else next(filter(None, told), None)


def tier_of(events: Iterable[Any], headers: Mapping[str, str], asked: str | None) -> str | None:
    """Return the service tier of an answer, or OPTIMIZED for a model's latency-optimized form.

    :param headers: of Bedrock's response, with names in lower case
    :param asked: the tier of the request
    """
    tier = headers.get("x-amzn-bedrock-service-tier") or asked
    latency = headers.get("x-amzn-bedrock-performanceconfig-latency")
    for event in events:
        metadata = event.get("metadata")
        if isinstance(metadata, dict):
            tier = _member(metadata, "serviceTier", "type") or tier
            latency = _member(metadata, "performanceConfig", "latency") or latency
    return OPTIMIZED if latency == OPTIMIZED else tier


def _holders(members: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield members
    for name in _WITHIN:
        value = members.get(name)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                yield each


def _reason_of_response(response: Mapping[str, Any]) -> str | None:
    """Return why a response of OpenAI's Responses API ended: its status, or why it is incomplete."""
    return _word(_member(response, "incomplete_details", "reason")) or (
        _word(response.get("status")) if response.get("status") == "completed" else None
    )


def _member(members: Mapping[str, Any], *path: str) -> str | None:
    value: Any = members
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _word(value: object) -> str | None:
    """Return a value if it is one word, as every reason is; what a model wrote is none."""
    if isinstance(value, str) and value and len(value) <= _LONGEST and value.replace("_", "").isalnum():
        return value
    return None
