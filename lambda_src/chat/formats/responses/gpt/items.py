"""Keep of the items of ``input`` what reaches a model: nothing that would be fetched, or is stored."""

from __future__ import annotations

from ....json_body import bad_request
from ..items import NOTHING_STORED, SERVER_ITEMS, unsupported
from ..reasoning import PREFIX
from .item_ids import own_id
from .members import CLIENT, ITEMS, OPERATION, PARTS, ROLES, SEARCHES, STORED, SYSTEM_ROLES
from .tools import client_tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ....json_body import JsonObject

# Members with parts; each of them may be a text as well, but for the summary.
_CONTENTS = ("content", "output", "summary")


def input_items(body: JsonObject, own_system: bool) -> str | list[dict[str, Any]]:
    """Return ``input``.

    :param own_system: whether a caller may have a system prompt
    :raises HTTPError: 400 that names what cannot be sent
    """
    if not isinstance(body.value.get("input"), list):
        found: str | list[dict[str, Any]] = body.text("input") or ""
    else:
        items = (_item(item, own_system) for item in body.objects("input"))
        found = [item for item in items if item]
    if not found:
        raise bad_request("input must have a message with content", "empty_messages", "input")
    return found


def _item(item: JsonObject, own_system: bool) -> dict[str, Any] | None:
    """Return what reaches the model of an item, which is a message if it does not say what it is."""
    kind = item.text("type") or "message"
    if kind == "item_reference":
        raise bad_request(NOTHING_STORED.format(item.path), "item_not_found", item.path)
    served = kind in SEARCHES and item.text("execution") != CLIENT
    if kind not in ITEMS or served:
        if kind in SERVER_ITEMS:
            item.drop(f"input.{kind}")
            return None
        raise unsupported(item, kind)
    item.only(*ITEMS[kind])
    if kind == "message":
        _check_role(item, own_system)
    if kind == "reasoning" and not _is_openais(item.text("encrypted_content")):
        item.drop("input.reasoning")
        return None
    found = {name: _member(item, name) for name in ITEMS[kind] if item.has(name)}
    return {**found, "type": kind}


def _check_role(message: JsonObject, own_system: bool) -> None:
    role = message.required("role")
    if role not in ROLES:
        message.unsupported("role")
    if role in SYSTEM_ROLES and not own_system:
        raise bad_request("this API decides the system prompt", "not_allowed", "messages")


def _is_openais(encrypted: str | None) -> bool:
    """Return whether reasoning can go back: what is in the container of the other way cannot."""
    return bool(encrypted) and not str(encrypted).startswith(PREFIX)


def _member(item: JsonObject, name: str) -> object:
    if name in _CONTENTS and isinstance(item.value[name], list):
        return [_part(part) for part in item.objects(name)]
    if name == "tools":
        return client_tools(item)
    if name == "operation":
        operation = item.required_object(name)
        operation.only(*OPERATION)
        return {each: operation.text(each) for each in OPERATION if operation.has(each)}
    if name == "arguments" and isinstance(item.value[name], dict):
        return item.value[name]  # of a search of tools
    return own_id(item.text(name)) if name == "id" else item.text(name)


def _part(part: JsonObject) -> dict[str, Any]:
    kind = part.required("type")
    if kind not in PARTS:
        raise unsupported(part, kind)
    for name in STORED:
        part.unsupported(name)
    part.only(*PARTS[kind])
    found: dict[str, Any] = {name: part.text(name) for name in PARTS[kind] if part.has(name)}
    if kind == "output_text":
        found["annotations"] = []
    elif kind == "input_image" and not part.required("image_url").startswith("data:"):
        path = part.at("image_url")
        raise bad_request(f"{path} must be a data: URL; nothing is fetched", "unsupported_value", path)
    elif kind == "input_file" and "://" in part.required("file_data"):
        path = part.at("file_data")
        raise bad_request(f"{path} must be a data: URL or Base64", "unsupported_value", path)
    return found
