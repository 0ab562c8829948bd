"""Keep the tools that the client's program runs; those that would run on a server's side are left out."""

from __future__ import annotations

from ....json_body import bad_request
from ..tools import CUSTOM, FUNCTION, leave_out
from .members import CLIENT, SEARCHES, TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ....json_body import JsonObject

_ALLOWED, _NAMESPACE = "allowed_tools", "namespace"
_NAMED = (FUNCTION, CUSTOM, "apply_patch")
_MODES = ("none", "auto", "required")
# Members of a tool that are objects; the others are a text or a flag.
_OBJECTS = ("format", "parameters")
_FLAGS = ("defer_loading", "strict")


def client_tools(holder: JsonObject) -> list[dict[str, Any]]:
    """Return the tools.

    :raises HTTPError: 400 for a member of the wrong type
    """
    return [found for tool in holder.objects("tools") if (found := _tool(tool))]


def tool_choice(body: JsonObject, tools: list[dict[str, Any]]) -> str | dict[str, Any] | None:
    """Return the choice; None where there is none, or nothing to choose from.

    :raises HTTPError: 400 for a choice that demands a tool which is not run here
    """
    value = body.value.get("tool_choice")
    if value is None:
        return None
    if isinstance(value, str):
        if value not in _MODES:
            raise bad_request("tool_choice is not supported", "unsupported_value", "tool_choice")
        return _left(value, value == "required", tools)
    choice = body.required_object("tool_choice")
    kind = choice.required("type")
    if kind == _ALLOWED:
        mode = choice.text("mode") or "auto"
        allowed = [_named(each) for each in choice.objects("tools") if each.text("type") in _NAMED]
        if mode not in _MODES[1:]:
            path = choice.at("mode")
            raise bad_request(f"{path} is not supported", "unsupported_value", path)
        return _left({"type": kind, "mode": mode, "tools": allowed}, mode == "required", tools and allowed)
    if kind not in _NAMED:
        raise _demanded("tool_choice demands a tool that is not run here")
    return _left(_named(choice), True, tools)


def _left(choice: str | dict[str, Any], demands: bool, tools: list[Any]) -> str | dict[str, Any] | None:
    if tools:
        return choice
    if demands:
        raise _demanded("tool_choice demands a tool, and none is left")
    return None


def _demanded(message: str) -> Exception:
    return bad_request(message, "unsupported_value", "tool_choice")


def _named(tool: JsonObject) -> dict[str, Any]:
    names = ("type", "name", "namespace")
    return {name: tool.text(name) for name in names if tool.has(name)}


def _tool(tool: JsonObject) -> dict[str, Any] | None:
    kind = tool.required("type")
    served = kind in SEARCHES and tool.text("execution") != CLIENT
    if kind not in TOOLS or served:
        leave_out(tool, kind)
        return None
    tool.only(*TOOLS[kind])
    found: dict[str, Any] = {}
    for name in TOOLS[kind]:
        if not tool.has(name):
            continue
        if name == "tools":
            found[name] = client_tools(tool)
        elif name in _OBJECTS:
            found[name] = tool.required_object(name).value
        else:
            found[name] = tool.flag(name) if name in _FLAGS else tool.text(name)
    # a namespace without tools is none
    return None if kind == _NAMESPACE and not found.get("tools") else found
