"""Convert a ConverseStream request from JSON to the arguments of the client.

"Amazon Bedrock Runtime API Reference", ConverseStream. Bedrock judges the content of a message; the types of
the members are checked here, and Base64 becomes bytes, which both clients encode.
"""

from __future__ import annotations

from ..json_body import JsonObject, bad_request, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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


def to_converse(body: JsonObject) -> dict[str, Any]:
    """Return the members of ConverseStream that a body has.

    :raises HTTPError: 400 for a member that is not what ConverseStream takes
    """
    members = {name: read(body, name) for name, read in _READERS.items() if body.value.get(name) is not None}
    guardrail = members.get("guardrailConfig", {})
    if ("guardrailIdentifier" in guardrail) != ("guardrailVersion" in guardrail):
        raise bad_request(
            "guardrailIdentifier and guardrailVersion go together", "missing_field", "guardrailConfig"
        )
    return members


def inference_config(config: JsonObject) -> dict[str, Any]:
    """Return ``inferenceConfig``: what the caller sent and no more, since several models refuse the rest."""
    config.only("maxTokens", "stopSequences", "temperature", "topP")
    sent = {
        "maxTokens": positive(config, "maxTokens"),
        "temperature": config.number("temperature"),
        "topP": config.number("topP"),
        "stopSequences": config.strings("stopSequences") or None,
    }
    return {name: value for name, value in sent.items() if value is not None}


def positive(fields: JsonObject, name: str) -> int | None:
    """Return an integer of at least 1."""
    value = fields.integer(name)
    if value is not None and not 1 <= value < 2**31:
        raise bad_request(f"{fields.at(name)} must be at least 1", "invalid_value", fields.at(name))
    return value


def _messages(body: JsonObject, name: str) -> list[dict[str, Any]]:
    return [_message(each) for each in body.objects(name)]


def _blocks(body: JsonObject, name: str) -> list[dict[str, Any]]:
    return [_block(each) for each in body.objects(name)]


def _inference(body: JsonObject, name: str) -> dict[str, Any]:
    return inference_config(body.required_object(name))


def _object(body: JsonObject, name: str) -> dict[str, Any]:
    return body.required_object(name).value


def _texts(body: JsonObject, name: str) -> dict[str, str]:
    texts = body.required_object(name)
    return {key: texts.text(key) or "" for key in texts.value}


def _choice(body: JsonObject, name: str) -> dict[str, str]:
    fields, choices = body.required_object(name), _CHOICES[name]
    fields.only(*choices)
    chosen = {name: value for name in choices if (value := fields.text(name)) is not None}
    for name, value in chosen.items():
        if choices[name] and value not in choices[name]:
            path = fields.at(name)
            raise bad_request(f"{path} must be one of {', '.join(choices[name])}", "invalid_value", path)
    return chosen


def _message(message: JsonObject) -> dict[str, Any]:
    message.only("role", "content")
    return {"role": message.required("role"), "content": _blocks(message, "content")}


def _block(block: JsonObject) -> dict[str, Any]:
    """Return a content block with bytes where the service model has a blob."""
    if not block.value:
        raise bad_request(f"{block.path} is empty", "missing_field", block.path)
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
            "content": _blocks(result, "content"),
        }
    guarded = block.member("guardContent")
    if guarded and (image := guarded.member("image")):
        copied["guardContent"] = {**guarded.value, "image": _media(image)}
    return copied


def _media(media: JsonObject) -> dict[str, Any]:
    source = media.member("source")
    if source is None or not source.has("bytes"):
        return media.value
    raw = decoded(source.value["bytes"], source.at("bytes"))
    return {**media.value, "source": {**source.value, "bytes": raw}}


_READERS: dict[str, Callable[[JsonObject, str], Any]] = {
    "messages": _messages,
    "system": _blocks,
    "inferenceConfig": _inference,
    "toolConfig": _object,
    "guardrailConfig": _choice,
    "additionalModelRequestFields": _object,
    "additionalModelResponseFieldPaths": JsonObject.strings,
    "promptVariables": _object,
    "requestMetadata": _texts,
    "performanceConfig": _choice,
    "serviceTier": _choice,
    "outputConfig": _object,
    "projectIdentifier": JsonObject.text,
}
#: Every member of the request.
NAMES = tuple(_READERS)
