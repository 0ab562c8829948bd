"""Convert Anthropic's content blocks to those of ConverseStream."""

from __future__ import annotations

from ...converse.conversation import cache_point, result_content, text_blocks
from ...converse.media import document_name, from_base64
from ...converse.tools import tool_use_id
from ...json_body import bad_request, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...converse.tools import ToolNames
    from ...json_body import JsonObject

# Claude Code puts a block with it into its system prompt, which Bedrock refuses.
_BILLING = "x-anthropic-billing-header"
# Members of the blocks of each type.
_MEMBERS = {
    "document": ("type", "source", "title", "context", "citations", "cache_control"),
    "image": ("type", "source", "cache_control"),
    "redacted_thinking": ("type", "data"),
    "search_result": ("type", "source", "title", "content", "citations", "cache_control"),
    "text": ("type", "text", "citations", "cache_control"),
    "thinking": ("type", "thinking", "signature"),
    "tool_result": ("type", "tool_use_id", "content", "is_error", "cache_control"),
    "tool_use": ("type", "id", "name", "input", "caller", "cache_control"),
}


def content(holder: JsonObject, name: str, names: ToolNames) -> list[dict[str, Any]]:
    """Return the content blocks of a message or of the system prompt, cache points among them.

    :param name: of the member that has them: a text, or a list of blocks
    :param names: of the tools
    :raises HTTPError: 400 that names what has no counterpart
    """
    if not isinstance(holder.value.get(name), list):
        return text_blocks(holder.text(name))
    blocks: list[dict[str, Any]] = []
    for block in holder.objects(name):
        if read := _block(block, names):
            blocks += [*read, *cache_point(block)]
    return blocks


def _block(block: JsonObject, names: ToolNames) -> list[dict[str, Any]]:
    kind = block.required("type")
    if kind in _MEMBERS:
        block.only(*_MEMBERS[kind])
    match kind:
        case "text":
            text = block.text("text") or ""
            if text.startswith(_BILLING):
                block.drop(f"system.{_BILLING}")
                return []
            if block.sequence("citations"):
                block.drop("messages.content.citations")
            return text_blocks(text)
        case "tool_result":
            return _tool_result(block, names)
        case "tool_use":
            return [_tool_use(block, names)]
    if kind not in _BLOCKS:
        path = block.path
        raise bad_request(f"{path} of type {kind!r:.80} is not supported", "unsupported_value", path)
    return [_BLOCKS[kind](block)]


def _image(block: JsonObject) -> dict[str, Any]:
    source = _source(block, "base64")
    return from_base64(source.required("media_type"), source.value.get("data"), source.at("data"))


def _document(block: JsonObject) -> dict[str, Any]:
    source = _source(block, "base64", "text")
    name = block.text("title")
    if source.text("type") == "text":
        citations = block.member("citations")
        text = source.required("data")
        # Bedrock takes text only to cite it
        cited = citations is not None and citations.flag("enabled")
        content: dict[str, Any] = {"text": text} if cited else {"bytes": text.encode("utf-8", "replace")}
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


def _tool_use(block: JsonObject, names: ToolNames) -> dict[str, Any]:
    given = block.member("input")
    return {
        "toolUse": {
            "toolUseId": tool_use_id(block.required("id")),
            "name": names.alias(block.required("name")),
            "input": given.value if given else {},
        }
    }


def _tool_result(block: JsonObject, names: ToolNames) -> list[dict[str, Any]]:
    found = content(block, "content", names)
    result: dict[str, Any] = {
        "toolUseId": tool_use_id(block.required("tool_use_id")),
        "content": result_content([each for each in found if "cachePoint" not in each]),
    }
    if block.flag("is_error"):
        result["status"] = "error"
    # ConverseStream takes a cache point after a result and not within
    return [{"toolResult": result}, *[each for each in found if "cachePoint" in each][-1:]]


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


_BLOCKS: dict[str, Callable[[JsonObject], dict[str, Any]]] = {
    "document": _document,
    "image": _image,
    "redacted_thinking": _redacted,
    "search_result": _search_result,
    "thinking": _thinking,
}
