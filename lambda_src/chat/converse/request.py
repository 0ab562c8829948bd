"""A request in ConverseStream's own words, as JSON has it, to the members that the client sends.

"Amazon Bedrock Runtime API Reference", ConverseStream. What is in a message is for Bedrock to judge; here
the types of the members are checked, and Base64 becomes bytes, which both clients encode.
"""

from __future__ import annotations

from ..json_body import Fields, decoded, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES = (
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "promptVariables",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
)
_OBJECTS = ("toolConfig", "additionalModelRequestFields", "promptVariables", "outputConfig")
# What a caller may choose within the members that have a closed set of values.
_CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "guardrailConfig": {
        "guardrailIdentifier": (),
        "guardrailVersion": (),
        "trace": ("enabled", "disabled", "enabled_full"),
        "streamProcessingMode": ("sync", "async"),
    },
    "performanceConfig": {"latency": ("standard", "optimized")},
    "serviceTier": {"type": ("priority", "default", "flex", "reserved")},
}
_MEDIA = ("image", "document", "video", "audio")


def members_of(body: Fields) -> dict[str, Any]:
    """Return the members of ConverseStream that a body has.

    :raises HTTPError: 400 for a member that is not what ConverseStream takes
    """
    members: dict[str, Any] = {}
    if body.has("messages"):
        members["messages"] = [_message(each) for each in body.objects("messages")]
    if body.has("system"):
        members["system"] = [_block(each) for each in body.objects("system")]
    if config := body.member("inferenceConfig"):
        members["inferenceConfig"] = inference_config(config)
    for name in _OBJECTS:
        if fields := body.member(name):
            members[name] = fields.value
    for name, choices in _CHOICES.items():
        if fields := body.member(name):
            members[name] = _chosen(fields, choices)
    if body.has("additionalModelResponseFieldPaths"):
        members["additionalModelResponseFieldPaths"] = body.strings("additionalModelResponseFieldPaths")
    if metadata := body.member("requestMetadata"):
        members["requestMetadata"] = {name: metadata.text(name) or "" for name in metadata.value}
    guardrail = members.get("guardrailConfig", {})
    if ("guardrailIdentifier" in guardrail) != ("guardrailVersion" in guardrail):
        raise refusal(
            "guardrailIdentifier and guardrailVersion go together", "missing_field", "guardrailConfig"
        )
    return members


def inference_config(config: Fields) -> dict[str, Any]:
    """Return ``inferenceConfig``: what the caller sent and no more, since several models refuse the rest."""
    config.only("maxTokens", "stopSequences", "temperature", "topP")
    sent = {
        "maxTokens": positive(config, "maxTokens"),
        "temperature": config.number("temperature"),
        "topP": config.number("topP"),
        "stopSequences": config.strings("stopSequences") or None,
    }
    return {name: value for name, value in sent.items() if value is not None}


def positive(fields: Fields, name: str) -> int | None:
    """Return an integer of at least 1."""
    value = fields.integer(name)
    if value is not None and not 1 <= value < 2**31:
        raise refusal(f"{fields.at(name)} must be at least 1", "invalid_value", fields.at(name))
    return value


def _chosen(fields: Fields, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    fields.only(*choices)
    chosen = {name: value for name in choices if (value := fields.text(name)) is not None}
    for name, value in chosen.items():
        if choices[name] and value not in choices[name]:
            path = fields.at(name)
            raise refusal(f"{path} must be one of {', '.join(choices[name])}", "invalid_value", path)
    return chosen


def _message(message: Fields) -> dict[str, Any]:
    message.only("role", "content")
    blocks = [_block(block) for block in message.objects("content")]
    return {"role": message.required("role"), "content": blocks}


def _block(block: Fields) -> dict[str, Any]:
    """Return a content block with bytes where the service model has a blob."""
    if not block.value:
        raise refusal(f"{block.path} is empty", "missing_field", block.path)
    copied: dict[str, Any] = dict(block.value)
    for name in _MEDIA:
        if media := block.member(name):
            copied[name] = _media(media)
    reasoning = block.member("reasoningContent")
    if reasoning and reasoning.has("redactedContent"):
        raw = decoded(reasoning.value["redactedContent"], reasoning.at("redactedContent"))
        copied["reasoningContent"] = {"redactedContent": raw}
    if result := block.member("toolResult"):
        copied["toolResult"] = {
            **result.value,
            "content": [_block(each) for each in result.objects("content")],
        }
    guarded = block.member("guardContent")
    if guarded and (image := guarded.member("image")):
        copied["guardContent"] = {**guarded.value, "image": _media(image)}
    return copied


def _media(media: Fields) -> dict[str, Any]:
    source = media.member("source")
    if source is None or not source.has("bytes"):
        return media.value
    raw = decoded(source.value["bytes"], source.at("bytes"))
    return {**media.value, "source": {**source.value, "bytes": raw}}
