"""Give the items of ``input`` the form in which they are listed and referred to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

# What the id of an item begins with, by its type.
_PREFIXES = {
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "function_call": "fc",
    "function_call_output": "fco",
    "message": "msg",
    "reasoning": "rs",
}
_OTHER = "item"


def referable(items: Iterable[Mapping[str, Any]], stream_id: str) -> list[dict[str, Any]]:
    """Return items with their types and ids, and messages with the parts of their content.

    :param stream_id: of the response, which is in the ids of items that have none
    """
    return [_referable(item, f"{stream_id}_in{number}") for number, item in enumerate(items)]


def _referable(item: Mapping[str, Any], own_id: str) -> dict[str, Any]:
    kind = item.get("type") or "message"
    name = item.get("id")
    if not isinstance(name, str) or not name:
        name = f"{_PREFIXES.get(kind, _OTHER)}_{own_id}" if isinstance(kind, str) else f"{_OTHER}_{own_id}"
    found = {**item, "type": kind, "id": name}
    if kind == "message":
        found["status"] = item.get("status") or "completed"
        if isinstance(text := item.get("content"), str):
            found["content"] = [
                {"type": "output_text", "text": text, "annotations": []}
                if item.get("role") == "assistant"
                else {"type": "input_text", "text": text}
            ]
    return found
