"""Translate a request of Anthropic's Messages to one of ConverseStream.

https://docs.claude.com/en/api/messages. What has no form there is left out, since no model reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
#: The members of a request and those of ``inferenceConfig``.
SETTINGS = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "stop_sequences": "stopSequences",
}
FIELDS = ("thinking", "top_k", "anthropic_beta")


def converse_request(body: Json) -> dict[str, object]:
    """Return a request of Messages as one of ConverseStream.

    :param body: valid as far as its members have the types that they should have
    """
    config = {theirs: body[ours] for ours, theirs in SETTINGS.items() if body.get(ours) is not None}
    request: dict[str, object] = {
        "messages": [_message(message) for message in body.get("messages") or []],
        "system": list(blocks_of(body.get("system"))),
        "inferenceConfig": config,
        # so that the response tells it
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }
    if fields := {name: body[name] for name in FIELDS if body.get(name) is not None}:
        request["additionalModelRequestFields"] = fields
    if tools := [_tool(tool) for tool in body.get("tools") or [] if "input_schema" in tool]:
        request["toolConfig"] = {"tools": tools, **_tool_choice(body.get("tool_choice"))}
    form = (body.get("output_config") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        structure = {"jsonSchema": {"schema": json.dumps(form["schema"])}}
        request["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": structure}}
    return request


def blocks_of(content: object) -> Iterator[dict[str, Any]]:
    """Yield the content blocks of a message, which may be one text."""
    if isinstance(content, str):
        yield {"text": content}
        return
    for index, block in enumerate(content if isinstance(content, list) else []):
        yield from _block(block, index)
        if block.get("cache_control"):
            yield {"cachePoint": {"type": "default"}}


def _message(message: Json) -> dict[str, Any]:
    return {"role": message.get("role"), "content": list(blocks_of(message.get("content")))}


def _block(block: Json, index: int) -> Iterator[dict[str, Any]]:
    source = block.get("source") or {}
    match block.get("type"):
        case "text":
            yield {"text": block["text"]}
        case "image" if source.get("type") == "base64":
            kind = str(source["media_type"]).removeprefix("image/")
            yield {"image": {"format": kind, "source": {"bytes": source["data"]}}}
        case "document" if source.get("type") == "base64":
            named = {"format": "pdf", "name": f"document-{index}"}
            yield {"document": {**named, "source": {"bytes": source["data"]}}}
        case "document" if source.get("type") == "text":
            named = {"format": "txt", "name": f"document-{index}"}
            yield {"document": {**named, "source": {"text": source["data"]}}}
        case "tool_use":
            yield {"toolUse": {"toolUseId": block["id"], "name": block["name"], "input": block["input"]}}
        case "tool_result":
            status = {"status": "error"} if block.get("is_error") else {}
            content = list(blocks_of(block.get("content")))
            yield {"toolResult": {"toolUseId": block["tool_use_id"], "content": content, **status}}
        case "thinking":
            thought = {"text": block["thinking"], "signature": block.get("signature", "")}
            yield {"reasoningContent": {"reasoningText": thought}}
        case "redacted_thinking":
            yield {"reasoningContent": {"redactedContent": block["data"]}}


def _tool(tool: Json) -> dict[str, Any]:
    described = {"description": tool["description"]} if tool.get("description") else {}
    return {"toolSpec": {"name": tool["name"], **described, "inputSchema": {"json": tool["input_schema"]}}}


def _tool_choice(choice: object) -> dict[str, object]:
    match choice:
        case {"type": "tool", "name": name}:
            return {"toolChoice": {"tool": {"name": name}}}
        case {"type": "any"}:
            return {"toolChoice": {"any": {}}}
        case {"type": "auto"}:
            return {"toolChoice": {"auto": {}}}
    return {}
