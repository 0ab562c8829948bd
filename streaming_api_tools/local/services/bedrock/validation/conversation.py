"""Check what Converse asks of a conversation beyond its service model: roles, texts, and tools.

https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .models import is_claude, takes_cache_points
from .refusals import refused

Json = Mapping[str, Any]
#: A prompt of Bedrock's prompt management brings the messages itself.
PROMPT_ARN = ":prompt/"
MAX_CACHE_POINTS = 4


def messages_of(request: Json) -> Sequence[Json]:
    """Return the messages of a request."""
    return request.get("messages") or []


def blocks_of(message: Json) -> Sequence[Json]:
    """Return the content blocks of a message."""
    return message.get("content") or []


def check_conversation(model_id: str, request: Json) -> None:
    """Check roles, texts, tools and cache points.

    :param request: valid by the service model
    :raises RefusedError: when Bedrock would refuse it
    """
    if PROMPT_ARN in model_id and not messages_of(request):
        return
    _check_roles(request)
    _check_texts(model_id, request)
    _check_tool_config(model_id, request)
    _check_tool_blocks(model_id, request)
    _check_cache_points(model_id, request)


def role_notes(request: Json) -> list[str]:
    """Return what is to be noted of a conversation that some models take and others refuse."""
    return [
        f"bedrock: messages.{index} and messages.{index + 1} both have the role {first.get('role')}, "
        "which some models refuse"
        for index, (first, second) in enumerate(pairwise(messages_of(request)))
        if first.get("role") == second.get("role")
    ]


def _check_roles(request: Json) -> None:
    spoken = [message for message in messages_of(request) if message.get("role") != "system"]
    if not spoken or spoken[0].get("role") != "user":
        raise refused("first message")
    for index, message in enumerate(messages_of(request)):
        if not blocks_of(message):
            raise refused("empty content", message=index)


def _check_texts(model_id: str, request: Json) -> None:
    for shape, path, text in _texts(request):
        if text.strip():
            continue
        if text and shape == "ContentBlock" and is_claude(model_id):
            raise refused("whitespace")
        raise refused("blank text", shape=shape, path=path)


def _texts(request: Json) -> Iterator[tuple[str, str, str]]:
    """Yield the shape, the path and the text of every block of text."""
    for index, block in enumerate(request.get("system") or []):
        if block.get("text") is not None:
            yield "SystemContentBlock", f"system.{index}", block["text"]
    for number, message in enumerate(messages_of(request)):
        for index, block in enumerate(blocks_of(message)):
            path = f"messages.{number}.content.{index}"
            if block.get("text") is not None:
                yield "ContentBlock", path, block["text"]
            for inner, result in enumerate((block.get("toolResult") or {}).get("content") or []):
                if result.get("text") is not None:
                    yield "ToolResultContentBlock", f"{path}.toolResult.content.{inner}", result["text"]


def _check_tool_config(model_id: str, request: Json) -> None:
    config = request.get("toolConfig") or {}
    names = []
    for index, tool in enumerate(config.get("tools") or []):
        if spec := tool.get("toolSpec"):
            names.append(spec["name"])
            if spec["inputSchema"]["json"].get("type") != "object":
                raise refused("tool schema", tool=index)
    if not is_claude(model_id):
        return
    if len(set(names)) < len(names):
        raise refused("duplicate tool names")
    chosen = ((config.get("toolChoice") or {}).get("tool") or {}).get("name")
    if chosen is not None and chosen not in names:
        raise refused("chosen tool missing", name=chosen)


def _check_tool_blocks(model_id: str, request: Json) -> None:
    messages = messages_of(request)
    uses = [_tool_ids(message, "toolUse") for message in messages]
    results = [_tool_ids(message, "toolResult") for message in messages]
    if any((*uses, *results)) and not request.get("toolConfig"):
        raise refused("no tools")
    for kind, ids_of_messages in (("toolUse", uses), ("toolResult", results)):
        for index, ids in enumerate(ids_of_messages):
            if repeated := [name for name, count in Counter(ids).items() if count > 1]:
                raise refused("duplicate ids", kind=kind, message=index, ids=", ".join(repeated))
    for index, (asked, answered) in enumerate(zip([[], *uses], [*results, []], strict=True)):
        if missing := [name for name in asked if name not in answered]:
            raise refused("tool results missing", message=index, ids=", ".join(missing))
        if len(answered) > len(asked):
            raise refused("tool results without use", message=index)
    if is_claude(model_id):
        _check_ids_of_conversation(messages)
        _check_errors_of_tools(messages)


def _tool_ids(message: Json, kind: str) -> list[str]:
    """Return the ids of the tool blocks of a message; those of tools of the service are its own affair."""
    given = (block.get(kind) for block in blocks_of(message))
    return [block["toolUseId"] for block in given if block and not block.get("type")]


def _check_ids_of_conversation(messages: Sequence[Json]) -> None:
    seen: set[str] = set()
    for number, message in enumerate(messages):
        for index, block in enumerate(blocks_of(message)):
            if tool := block.get("toolUse"):
                if tool["toolUseId"] in seen:
                    raise refused("tool id used before", message=number, block=index)
                seen.add(tool["toolUseId"])


def _check_errors_of_tools(messages: Sequence[Json]) -> None:
    for number, message in enumerate(messages):
        for index, block in enumerate(blocks_of(message)):
            result = block.get("toolResult") or {}
            if result.get("status") == "error" and any("text" not in part for part in result["content"]):
                raise refused("error with media", message=number, block=index)


def _check_cache_points(model_id: str, request: Json) -> None:
    holders = [
        request.get("system") or [],
        (request.get("toolConfig") or {}).get("tools") or [],
        *(blocks_of(message) for message in messages_of(request)),
    ]
    count = sum(1 for blocks in holders for block in blocks if block.get("cachePoint"))
    if count and not takes_cache_points(model_id):
        raise refused("no caching")
    if count > MAX_CACHE_POINTS:
        raise refused("cache points", count=count)
