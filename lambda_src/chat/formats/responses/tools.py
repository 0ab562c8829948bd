"""Convert tools that the client's program runs, and leave out those that OpenAI's servers run."""

from __future__ import annotations

import json

from ...converse.tools import ToolNames, tool_spec
from ...json_body import bad_request
from ..members import check_members, honoured, ignored
from ..openai_words import MODES, mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject

FUNCTION, CUSTOM = "function", "custom"
_NAMESPACE, _ALLOWED = "namespace", "allowed_tools"
#: Tools that run on the side of OpenAI, or that only its models know: types in openai-python's `Tool`. A type
#: may have a date at its end.
SERVER_TOOLS = (
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
)
_NO_EQUIVALENT = "Converse has no equivalent"
#: Members of a tool of type function or custom.
TOOL_MEMBERS = {
    "allowed_callers": ignored(_NO_EQUIVALENT),
    "async": ignored(_NO_EQUIVALENT, False),
    "defer_loading": ignored("every tool is loaded", False),
    "description": honoured("`description`"),
    "format": honoured("of a custom tool: a grammar is told to the model, which need not keep to it"),
    "name": honoured("`name`"),
    "output_schema": ignored(_NO_EQUIVALENT),
    "parameters": honoured("`inputSchema`"),
    "strict": honoured("`strict`"),
    "type": honoured("function, custom, or namespace with several of them; others are left out"),
}
#: The one property of a custom tool, which takes text.
INPUT = "input"
_INPUT_SCHEMA = {"type": "object", "properties": {INPUT: {"type": "string"}}, "required": [INPUT]}


class ClientTool:
    """A tool as the client calls it.

    :param kind: FUNCTION or CUSTOM
    :param name: of the tool
    :param namespace: that the tool is in. Default: - none
    """

    __slots__ = ("kind", "name", "namespace")

    def __init__(self, kind: str, name: str, namespace: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.namespace = namespace


class ClientTools:
    """The tools of a request, by their names in ConverseStream."""

    def __init__(self) -> None:
        self._names = ToolNames()
        self._tools: dict[str, ClientTool] = {}

    def alias(self, name: str, namespace: str | None = None) -> str:
        """Return the name of a tool in ConverseStream, which has no namespaces."""
        return self._names.alias(f"{namespace}__{name}" if namespace else name)

    def add(self, tool: ClientTool) -> str:
        """Add a tool, and return its name in ConverseStream."""
        alias = self.alias(tool.name, tool.namespace)
        self._tools[alias] = tool
        return alias

    def called(self, alias: str) -> ClientTool:
        """Return the tool that a model calls, which may have made up the name."""
        return self._tools.get(alias) or ClientTool(FUNCTION, alias)

    def find(self, chosen: JsonObject) -> str | None:
        """Return the name in ConverseStream of the tool that a choice names; None when it has none."""
        name, namespace = chosen.required("name"), chosen.text("namespace")
        for alias, tool in self._tools.items():
            if tool.name == name and namespace in (None, tool.namespace):
                return alias
        return None


def tool_config(body: JsonObject, tools: ClientTools) -> dict[str, Any] | None:
    """Return ``toolConfig``; None when the model is to call no tool.

    :param tools: gets those of the request
    :raises HTTPError: 400 for a choice that demands a tool which is not run here
    """
    specs = {alias: spec for tool in body.objects("tools") for alias, spec in _specs(tool, tools)}
    if body.value.get("tool_choice") == "none":
        return None
    choice, allowed = _choice(body, tools)
    given = [spec for alias, spec in specs.items() if allowed is None or alias in allowed]
    if not given:
        if choice not in (None, MODES["auto"]):
            raise bad_request(
                "tool_choice demands a tool, and none is left", "unsupported_value", "tool_choice"
            )
        return None
    return {"tools": given, **({"toolChoice": choice} if choice else {})}


def _specs(tool: JsonObject, tools: ClientTools) -> list[tuple[str, dict[str, Any]]]:
    kind = tool.required("type")
    if kind in (FUNCTION, CUSTOM):
        return [_spec(tool, tools)]
    if kind == _NAMESPACE:
        tool.only("type", "name", "description", "tools")
        inner = tool.objects("tools")
        return [_spec(each, tools, tool) for each in inner if _is_known(each)]
    leave_out(tool, kind)
    return []


def _spec(
    tool: JsonObject, tools: ClientTools, within: JsonObject | None = None
) -> tuple[str, dict[str, Any]]:
    check_members(tool, TOOL_MEMBERS, "tools.")
    kind = tool.required("type")
    alias = tools.add(ClientTool(kind, tool.required("name"), within.required("name") if within else None))
    description = _description(tool, within)
    if kind == CUSTOM:
        return alias, tool_spec(alias, _INPUT_SCHEMA, description, False)
    schema = tool.member("parameters")
    return alias, tool_spec(alias, schema and schema.value, description, tool.flag("strict"))


def _description(tool: JsonObject, within: JsonObject | None) -> str:
    said = [within.text("description")] if within else []
    said.append(tool.text("description"))
    if (form := tool.member("format")) and form.text("type") == "grammar":
        said.append(f"The input follows this grammar ({form.text('syntax')}):\n{form.text('definition')}")
    return "\n\n".join(each for each in said if each)


def _is_known(tool: JsonObject) -> bool:
    if (kind := tool.required("type")) in (FUNCTION, CUSTOM):
        return True
    leave_out(tool, kind)
    return False


def leave_out(tool: JsonObject, kind: str) -> None:
    """Record a tool that is not run here, by its name in the table."""
    known = [name for name in SERVER_TOOLS if kind == name or kind.startswith(f"{name}_")]
    if known:
        tool.drop(f"tools.{max(known, key=len)}")
    else:
        tool.drop_unknown("type")


def _choice(body: JsonObject, tools: ClientTools) -> tuple[dict[str, Any] | None, set[str] | None]:
    """Return ``toolChoice``, and the tools that may be called; None for all."""
    value = body.value.get("tool_choice")
    if value is None:
        return None, None
    if isinstance(value, str):
        return mode(body, "tool_choice"), None
    choice = body.required_object("tool_choice")
    kind = choice.required("type")
    if kind in (FUNCTION, CUSTOM) and (alias := tools.find(choice)):
        return {"tool": {"name": alias}}, None
    if kind == _ALLOWED:
        allowed = {tools.find(each) for each in choice.objects("tools") if _is_known(each)}
        return mode(choice, "mode"), {alias for alias in allowed if alias}
    raise bad_request("tool_choice demands a tool that is not run here", "unsupported_value", "tool_choice")


def custom_input(arguments: str) -> str:
    """Return the text that a custom tool is called with."""
    value = json.loads(arguments)
    text = value.get(INPUT) if isinstance(value, dict) else None
    return text if isinstance(text, str) else arguments
