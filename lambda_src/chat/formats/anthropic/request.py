"""Convert a request of Anthropic's Messages API to ConverseStream's members.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from ...converse.conversation import (
    ASSISTANT,
    USER,
    Conversation,
    json_schema,
    text_blocks,
    tool_spec,
    without_tools,
)
from ...converse.media import document_name, from_base64
from ...converse.request import positive
from ...json_body import bad_request, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject

_READ = (
    "max_tokens",
    "messages",
    "model",
    "output_config",
    "output_format",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
)
# Say something about the caller, or where Anthropic runs the model.
_IGNORED = ("inference_geo", "metadata", "service_tier")


def to_converse(body: JsonObject) -> dict[str, Any]:
    """Return the members of ConverseStream that a request asks for.

    :raises HTTPError: 400 that names what has no counterpart
    """
    body.only(*_READ, *_IGNORED)
    members: dict[str, Any] = {"messages": _messages(body)}
    if system := _content(body, "system"):
        members["system"] = system
    config = {
        "maxTokens": positive(body, "max_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
        "stopSequences": body.strings("stop_sequences") or None,
    }
    if config["maxTokens"] is None:
        raise bad_request("max_tokens is missing", "missing_field", "max_tokens")
    members["inferenceConfig"] = {name: value for name, value in config.items() if value is not None}
    if tools := _tools(body):
        members["toolConfig"] = tools
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body):
        members["outputConfig"] = output
    return members


def own_fields(body: JsonObject) -> dict[str, Any]:
    """Return the fields of the model's own request for what ConverseStream has no member for."""
    thinking = body.member("thinking")
    fields = {"top_k": body.integer("top_k"), "thinking": thinking and thinking.value}
    return {name: value for name, value in fields.items() if value is not None}


def _messages(body: JsonObject) -> list[dict[str, Any]]:
    conversation = Conversation()
    for message in body.objects("messages"):
        role = message.required("role")
        if role not in (USER, ASSISTANT):
            message.unsupported("role")
        conversation.add(role, _content(message, "content"))
    if not conversation.messages:
        raise bad_request("messages must have a message with content", "empty_messages", "messages")
    return conversation.messages


def _content(holder: JsonObject, name: str) -> list[dict[str, Any]]:
    if not isinstance(holder.value.get(name), list):
        return text_blocks(holder.text(name))
    blocks: list[dict[str, Any]] = []
    for block in holder.objects(name):
        blocks += _block(block)
        blocks += _cache_point(block)
    return blocks


def _cache_point(holder: JsonObject) -> list[dict[str, Any]]:
    control = holder.member("cache_control")
    if control is None:
        return []
    ttl = control.text("ttl")
    return [{"cachePoint": {"type": "default", **({"ttl": ttl} if ttl else {})}}]


def _block(block: JsonObject) -> list[dict[str, Any]]:
    kind = block.required("type")
    if kind == "text":
        return text_blocks(block.text("text"))
    if kind == "tool_result":
        return _tool_result(block)
    read = _BLOCKS.get(kind)
    if read is None:
        raise bad_request(
            f"{block.path} of type {kind!r:.80} is not supported", "unsupported_value", block.path
        )
    return [read(block)]


def _image(block: JsonObject) -> dict[str, Any]:
    source = _source(block, "base64")
    return from_base64(source.required("media_type"), source.value.get("data"), source.at("data"))


def _document(block: JsonObject) -> dict[str, Any]:
    source = _source(block, "base64", "text")
    name = block.text("title")
    if source.text("type") == "text":
        content: dict[str, Any] = {"text": source.required("data")}
        document = {"format": "txt", "name": document_name(name or "document"), "source": content}
    else:
        media_type = source.required("media_type")
        read = from_base64(media_type, source.value.get("data"), source.at("data"), name)
        if "document" not in read:
            path = source.at("media_type")
            raise bad_request(f"{path} is not that of a document", "unsupported_value", path)
        document = read["document"]
    if context := block.text("context"):
        document["context"] = context
    if citations := block.member("citations"):
        document["citations"] = {"enabled": citations.flag("enabled")}
    return {"document": document}


def _source(block: JsonObject, *kinds: str) -> JsonObject:
    source = block.member("source")
    if source is None or source.text("type") not in kinds:
        path = block.at("source")
        raise bad_request(
            f"{path} must be of type {' or '.join(kinds)}; nothing is fetched", "unsupported_value", path
        )
    return source


def _tool_use(block: JsonObject) -> dict[str, Any]:
    given = block.member("input")
    return {
        "toolUse": {
            "toolUseId": block.required("id"),
            "name": block.required("name"),
            "input": given.value if given else {},
        }
    }


def _tool_result(block: JsonObject) -> list[dict[str, Any]]:
    content = _content(block, "content")
    found = [each for each in content if "cachePoint" not in each]
    # a tool that found nothing still has a result
    result: dict[str, Any] = {
        "toolUseId": block.required("tool_use_id"),
        "content": found or [{"text": " "}],
    }
    if block.flag("is_error"):
        result["status"] = "error"
    # ConverseStream takes a cache point after a result and not within
    return [{"toolResult": result}, *[each for each in content if "cachePoint" in each][-1:]]


def _thinking(block: JsonObject) -> dict[str, Any]:
    # the text is empty where the model was asked not to show it, and has to go back as it came
    said = {"text": block.text("thinking") or ""}
    if signature := block.text("signature"):
        said["signature"] = signature
    return {"reasoningContent": {"reasoningText": said}}


def _redacted(block: JsonObject) -> dict[str, Any]:
    return {"reasoningContent": {"redactedContent": decoded(block.value.get("data"), block.at("data"))}}


def _search_result(block: JsonObject) -> dict[str, Any]:
    content = [{"text": part.required("text")} for part in block.objects("content")]
    found: dict[str, Any] = {
        "source": block.required("source"),
        "title": block.required("title"),
        "content": content,
    }
    if citations := block.member("citations"):
        found["citations"] = {"enabled": citations.flag("enabled")}
    return {"searchResult": found}


_BLOCKS = {
    "document": _document,
    "image": _image,
    "redacted_thinking": _redacted,
    "search_result": _search_result,
    "thinking": _thinking,
    "tool_use": _tool_use,
}


def _tools(body: JsonObject) -> dict[str, Any] | None:
    tools: list[dict[str, Any]] = []
    for tool in body.objects("tools"):
        if tool.text("type") not in (None, "custom"):
            raise bad_request(f"{tool.at('type')} is not supported", "unsupported_value", tool.at("type"))
        schema = tool.member("input_schema")
        description = tool.text("description")
        tools.append(
            tool_spec(tool.required("name"), schema and schema.value, description, tool.flag("strict"))
        )
        tools += _cache_point(tool)
    choice = body.member("tool_choice")
    kind = choice.required("type") if choice else "auto"
    if not tools or choice is None or kind == "none":
        return {"tools": tools} if tools and kind != "none" else None
    choice.unsupported("disable_parallel_tool_use", False)
    if kind == "tool":
        return {"tools": tools, "toolChoice": {"tool": {"name": choice.required("name")}}}
    if kind not in ("auto", "any"):
        path = choice.at("type")
        raise bad_request(f"{path} must be auto, any, tool or none", "invalid_value", path)
    return {"tools": tools, "toolChoice": {kind: {}}}


def _output(body: JsonObject) -> dict[str, Any]:
    output: dict[str, Any] = {}
    config = body.member("output_config")
    if config and (effort := config.text("effort")):
        output["effort"] = effort
    wanted = body.member("output_format") or (config.member("format") if config else None)
    if wanted:
        if wanted.text("type") != "json_schema":
            path = wanted.at("type")
            raise bad_request(f"{path} must be json_schema", "unsupported_value", path)
        schema = wanted.member("schema")
        output["textFormat"] = json_schema(schema.value if schema else {})
    return output
