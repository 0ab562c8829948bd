"""Give tools and their uses names that Bedrock takes, and convert their schemas."""

from __future__ import annotations

import json
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# ToolName and ToolUseId of botocore's service model: [a-zA-Z0-9_-]+ and [a-zA-Z0-9_.:-]+, both at most 64.
_IN_A_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_IN_AN_ID = _IN_A_NAME | {".", ":"}
LONGEST_NAME = 64


class ToolNames:
    """Gives tools names that Bedrock takes.

    ``originals`` has the caller's name of each tool that got another one.
    """

    def __init__(self) -> None:
        self.originals: dict[str, str] = {}

    def alias(self, name: str) -> str:
        """Return the name of a tool in the request: its own, or one that is made of it."""
        alias = _alias(name, _IN_A_NAME)
        if alias != name:
            self.originals[alias] = name
        return alias


def tool_use_id(identity: str) -> str:
    """Return the id of a tool use in the request, which is the same in the use and in its result."""
    return _alias(identity, _IN_AN_ID)


def claude_tool_use_id(identity: str) -> str:
    """Return the id of a tool use in a request in Anthropic's words, whose pattern is that of a name."""
    return _alias(identity, _IN_A_NAME)


def tool_spec(name: str, schema: object, description: str | None, strict: bool) -> dict[str, Any]:
    """Return a tool of ``toolConfig``."""
    spec: dict[str, Any] = {"name": name, "inputSchema": {"json": object_schema(schema)}}
    if description:
        spec["description"] = description
    if strict:
        spec["strict"] = True
    return {"toolSpec": spec}


def one_call(choice: dict[str, Any]) -> dict[str, Any]:
    """Return ``tool_choice`` of Anthropic's models that allows one call at a time.

    :param choice: ``toolChoice`` of ConverseStream
    """
    ((kind, members),) = choice.items()
    return {"type": kind, **members, "disable_parallel_tool_use": True}


def tool_input(text: str) -> dict[str, Any]:
    """Return the input of a tool use in the history.

    Bedrock takes an object. What is none, such as arguments that were cut at the limit of tokens, goes into
    one as it is.
    """
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"arguments": value}


def object_schema(schema: object) -> object:
    """Return the schema of a tool's input as that of an object, which models want."""
    if not schema:
        return {"type": "object", "properties": {}}
    if isinstance(schema, dict) and schema.get("type") != "object":
        kind = schema.get("type")
        if kind is None or (isinstance(kind, list) and "object" in kind):
            return {**schema, "type": "object"}
    return schema


def _alias(text: str, allowed: frozenset[str]) -> str:
    if len(text) <= LONGEST_NAME and allowed.issuperset(text):
        return text
    kept = "".join(char if char in allowed else "_" for char in text)
    ending = f"_{crc32(text.encode('utf-8', 'surrogatepass')):08x}"
    return kept[: LONGEST_NAME - len(ending)] + ending
