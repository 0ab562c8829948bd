"""Convert a request of Anthropic's Messages API to ConverseStream's members.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from ...converse.conversation import ASSISTANT, USER, Conversation, cache_point, json_schema, without_tools
from ...converse.model_call import Converted
from ...converse.request import positive
from ...converse.tools import ToolNames, one_call, tool_spec
from ...json_body import bad_request
from ...limits.families import ANTHROPIC
from ..members import check_members, honoured, ignored, refused
from .content import content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...limits.families import Family

_SERVER_SIDE = "it runs on Anthropic's side"
#: Every member of a request.
MEMBERS = {
    "anthropic_beta": honoured("as the header `anthropic-beta`"),
    "anthropic_version": honoured("every version gets the same response"),
    "cache_control": honoured("a `cachePoint` at the end of the messages"),
    "compaction": ignored("Converse has no equivalent"),
    "container": refused(_SERVER_SIDE),
    "context_management": ignored("Converse has no equivalent"),
    "fallbacks": ignored("the function decides its models", []),
    "inference_geo": ignored("the inference profile decides"),
    "max_tokens": honoured("`maxTokens`"),
    "mcp_servers": refused(_SERVER_SIDE, []),
    "messages": honoured("`messages`, and `system` from the role system"),
    "metadata": ignored("Bedrock does not know users", {}),
    "model": honoured("one of the function's models"),
    "output_config": honoured("`outputConfig`: effort and format"),
    "output_format": honoured("`outputConfig.textFormat`"),
    "safeguards": ignored("Converse has no equivalent"),
    "service_tier": ignored("the deployment decides", "auto", "standard_only"),
    "speed": ignored("Bedrock has no such parameter", "standard"),
    "stop_sequences": honoured("`stopSequences`"),
    "stream": honoured("server-sent events or one object"),
    "system": honoured("`system`"),
    "temperature": honoured("`temperature`"),
    "thinking": honoured("for Anthropic's models"),
    "tool_choice": honoured("`toolChoice`; `disable_parallel_tool_use` for Anthropic's models"),
    "tools": honoured("`toolConfig`; tools of type custom"),
    "top_k": honoured("for Anthropic's models"),
    "top_p": honoured("`topP`"),
}
#: Members of a tool that change nothing about what it can do.
TOOL_MEMBERS = {
    "allowed_callers": ignored("Converse has no equivalent"),
    "cache_control": honoured("a `cachePoint` after the tool"),
    "defer_loading": ignored("every tool is loaded", False),
    "description": honoured("`description`"),
    "eager_input_streaming": ignored("inputs are always streamed", True, False),
    "input_examples": ignored("Converse has no equivalent", []),
    "input_schema": honoured("`inputSchema`"),
    "name": honoured("`name`"),
    "strict": honoured("`strict`"),
    "type": honoured("custom"),
}
# Where Anthropic's models say which of the sequences ended the answer.
_STOP_SEQUENCE = ["/stop_sequence"]


def to_converse(body: JsonObject, family: Family | None) -> Converted:
    """Return the request in ConverseStream's words.

    :param family: of the model that is asked
    :raises HTTPError: 400 that names what has no counterpart
    """
    check_members(body, MEMBERS)
    names = ToolNames()
    converted = Converted(_conversation(body, names))
    members = converted.members
    config = {
        "maxTokens": positive(body, "max_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
        "stopSequences": body.strings("stop_sequences") or None,
    }
    if config["maxTokens"] is None:
        raise bad_request("max_tokens is missing", "missing_field", "max_tokens")
    members["inferenceConfig"] = {name: value for name, value in config.items() if value is not None}
    if config["stopSequences"] and family is ANTHROPIC:
        members["additionalModelResponseFieldPaths"] = _STOP_SEQUENCE
    if tools := _tools(body, names):
        members["toolConfig"] = tools
        _one_call_at_most(body, family, converted)
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body):
        members["outputConfig"] = output
    _add_own_fields(body, family, converted)
    converted.tool_names = names.originals
    return converted


def _add_own_fields(body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Add fields of the model's own request for what ConverseStream has no member for."""
    thinking = body.member("thinking")
    fields = {"top_k": body.integer("top_k"), "thinking": thinking and thinking.value}
    for name, value in fields.items():
        if value is not None and family in (None, ANTHROPIC):
            converted.own_fields[name] = value
        elif value is not None:
            body.drop(name)


def _conversation(body: JsonObject, names: ToolNames) -> dict[str, Any]:
    conversation = Conversation()
    system = content(body, "system", names)
    for message in body.objects("messages"):
        message.only("role", "content")
        role = message.required("role")
        if role == "system":
            system += content(message, "content", names)
        elif role in (USER, ASSISTANT):
            conversation.add(role, content(message, "content", names))
        else:
            message.unsupported("role")
    messages = conversation.finish()
    messages[-1]["content"] += cache_point(body)
    return {"messages": messages, **({"system": system} if system else {})}


def _tools(body: JsonObject, names: ToolNames) -> dict[str, Any] | None:
    tools: list[dict[str, Any]] = []
    for tool in body.objects("tools"):
        if tool.text("type") not in (None, "custom"):
            path = tool.at("type")
            raise bad_request(f"{path} is not supported", "unsupported_value", path)
        check_members(tool, TOOL_MEMBERS, "tools.")
        schema = tool.member("input_schema")
        description, strict = tool.text("description"), tool.flag("strict")
        name = names.alias(tool.required("name"))
        tools.append(tool_spec(name, schema and schema.value, description, strict))
        tools += cache_point(tool)
    choice = body.member("tool_choice")
    kind = choice.required("type") if choice else "auto"
    if not tools or choice is None or kind == "none":
        return {"tools": tools} if tools and kind != "none" else None
    if kind == "tool":
        return {"tools": tools, "toolChoice": {"tool": {"name": names.alias(choice.required("name"))}}}
    if kind not in ("auto", "any"):
        path = choice.at("type")
        raise bad_request(f"{path} must be auto, any, tool or none", "invalid_value", path)
    return {"tools": tools, "toolChoice": {kind: {}}}


def _one_call_at_most(body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Ask for one call of a tool: in the model's own ``tool_choice``, beside which there is no other."""
    choice = body.member("tool_choice")
    if choice is None or not choice.flag("disable_parallel_tool_use"):
        return
    if family is ANTHROPIC:
        config = converted.members["toolConfig"]
        converted.own_fields["tool_choice"] = one_call(config.pop("toolChoice"))
    else:
        choice.drop("tool_choice.disable_parallel_tool_use")


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
