"""Convert OpenAI's messages to the conversation and the system prompt of ConverseStream."""

from __future__ import annotations

from ...converse.conversation import ASSISTANT, USER, Conversation, cache_point, result_content, text_blocks
from ...converse.media import from_base64, from_data_url
from ...converse.tools import tool_input, tool_use_id
from ...json_body import bad_request, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...converse.tools import ToolNames
    from ...json_body import JsonObject

# The members of the messages of each role, and those that have no effect.
_SYSTEM = ("role", "content", "name")
_TOOL = ("role", "content", "name", "tool_call_id")
_ASSISTANT = ("annotations", "audio", "content", "function_call", "name", "refusal", "role", "tool_calls")
_REASONING = ("reasoning", "reasoning_content", "reasoning_details", "thinking_blocks")
_PARTS = {
    "text": ("type", "text", "cache_control", "prompt_cache_breakpoint"),
    "refusal": ("type", "refusal"),
    "image_url": ("type", "image_url", "cache_control"),
    "file": ("type", "file", "cache_control"),
    "input_audio": ("type", "input_audio"),
}


def conversation(body: JsonObject, names: ToolNames) -> dict[str, Any]:
    """Return ``messages`` and ``system``.

    :param names: of the tools
    :raises HTTPError: 400 that names what has no counterpart
    """
    found = Conversation()
    system: list[dict[str, Any]] = []
    for message in body.objects("messages"):
        role = message.required("role")
        if role in ("system", "developer"):
            message.only(*_SYSTEM)
            system += _content(message)
        elif role == "user":
            message.only(*_SYSTEM)
            found.add(USER, _content(message))
        elif role == "assistant":
            found.add(ASSISTANT, _assistant(message, names))
        elif role == "tool":
            message.only(*_TOOL)
            result = {
                "toolUseId": tool_use_id(message.required("tool_call_id")),
                "content": result_content(_content(message)),
            }
            found.add(USER, [{"toolResult": result}])
        else:
            message.unsupported("role")
    members: dict[str, Any] = {"messages": found.finish()}
    if system:
        members["system"] = system
    return members


def _assistant(message: JsonObject, names: ToolNames) -> list[dict[str, Any]]:
    message.only(*_ASSISTANT, *_REASONING)
    thinking = [block for each in message.objects("thinking_blocks") for block in _thinking(each)]
    if not thinking:
        for name in _REASONING:
            if message.has(name):  # without a signature no model takes it back
                message.drop(f"messages.{name}")
    return [*thinking, *_content(message), *(_call(each, names) for each in message.objects("tool_calls"))]


def _thinking(block: JsonObject) -> list[dict[str, Any]]:
    """Return reasoning with its signature, as this API has given it out."""
    if block.text("type") == "redacted_thinking":
        return [{"reasoningContent": {"redactedContent": decoded(block.value.get("data"), block.at("data"))}}]
    signature = block.text("signature")
    if not signature:
        return []
    said = {"text": block.text("thinking") or "", "signature": signature}
    return [{"reasoningContent": {"reasoningText": said}}]


def _content(message: JsonObject) -> list[dict[str, Any]]:
    if isinstance(message.value.get("content"), list):
        return [block for part in message.objects("content") for block in _cached(part)]
    return text_blocks(message.text("content"))


def _cached(part: JsonObject) -> list[dict[str, Any]]:
    blocks = _part(part)
    return [*blocks, *cache_point(part)] if blocks else []


def _part(part: JsonObject) -> list[dict[str, Any]]:
    kind = part.required("type")
    if kind in _PARTS:
        part.only(*_PARTS[kind])
    if kind in ("text", "refusal"):
        return text_blocks(part.text(kind))
    if kind == "image_url" and (image := part.member("image_url")):
        if image.text("detail") not in (None, "auto"):
            image.drop("messages.content.image_url.detail")
        return [from_data_url(image.required("url"), image.at("url"))]
    if kind == "file" and (file := part.member("file")):
        file.unsupported("file_id")
        return [from_data_url(file.required("file_data"), file.at("file_data"), file.text("filename"))]
    if kind == "input_audio" and (audio := part.member("input_audio")):
        media_type = f"audio/{audio.required('format')}"
        return [from_base64(media_type, audio.value.get("data"), audio.at("data"))]
    raise bad_request(f"{part.path} of type {kind!r:.80} is not supported", "unsupported_value", part.path)


def _call(call: JsonObject, names: ToolNames) -> dict[str, Any]:
    function = call.member("function")
    if function is None:
        raise bad_request(f"{call.path} must be a function call", "unsupported_value", call.path)
    return {
        "toolUse": {
            "toolUseId": tool_use_id(call.required("id")),
            "name": names.alias(function.required("name")),
            "input": tool_input(function.text("arguments") or ""),
        }
    }
