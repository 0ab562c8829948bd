"""Convert a request of OpenAI's Chat Completions API to ConverseStream's members.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from ...converse.conversation import without_tools
from ...converse.model_call import Converted
from ...converse.request import positive
from ...converse.tools import ToolNames, tool_spec
from ...json_body import bad_request
from ..members import check_members, honoured, ignored, refused
from ..openai_words import ONE_OBJECT, add_tier, effort_of, mode, one_call_at_most, text_format
from .messages import conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...limits.families import Family

_ONE_ANSWER = "one answer is streamed"
_PROBABILITIES = "Bedrock returns no probabilities"
_SAMPLING = "Bedrock has no such parameter"
_CACHE = "cache_control in content parts decides what is cached"
#: Every member of a request.
MEMBERS = {
    "additionalModelRequestFields": honoured(
        "as far as `caller_may_send` allows; not a member of OpenAI's API"
    ),
    "audio": refused("the answer is text"),
    "frequency_penalty": ignored(_SAMPLING, 0),
    "function_call": refused("use tool_choice", "none", "auto"),
    "functions": refused("use tools", []),
    "logit_bias": refused("Bedrock cannot force or forbid words", {}),
    "logprobs": refused(_PROBABILITIES, False),
    "max_completion_tokens": honoured("`maxTokens`"),
    "max_tokens": honoured("`maxTokens`, if there is no `max_completion_tokens`"),
    "messages": honoured("`messages`, and `system` from the roles system and developer"),
    "metadata": ignored("nothing is stored", {}),
    "modalities": refused("the answer is text", ["text"]),
    "model": honoured("one of the function's models"),
    "n": refused(_ONE_ANSWER, 1),
    "parallel_tool_calls": honoured(
        "false is `disable_parallel_tool_use` of Anthropic's models; other models have no such choice"
    ),
    "prediction": ignored("it only changes the speed"),
    "presence_penalty": ignored(_SAMPLING, 0),
    "prompt_cache_key": ignored(_CACHE),
    "prompt_cache_options": ignored(_CACHE),
    "prompt_cache_retention": ignored(_CACHE),
    "reasoning_effort": honoured("`outputConfig.effort`"),
    "response_format": honoured(
        "json_schema becomes `outputConfig.textFormat`, always strict; json_object an instruction"
    ),
    "safety_identifier": ignored("Bedrock does not know users"),
    "seed": ignored("OpenAI does not guarantee its effect either"),
    "service_tier": honoured("`serviceTier`, if the deployment leaves it to callers"),
    "stop": honoured("`stopSequences`, without empty ones; Anthropic's models take none of whitespace"),
    "store": ignored("nothing is stored", False),
    "stream": honoured("server-sent events or one object"),
    "stream_options": honoured("`include_usage`"),
    "temperature": honoured("`temperature`, at most 1"),
    "tool_choice": honoured("`toolChoice`; allowed_tools leaves the other tools out"),
    "tools": honoured("`toolConfig`; tools of type function"),
    "top_logprobs": refused(_PROBABILITIES, 0),
    "top_p": honoured("`topP`; beside `temperature` not for Claude 4.5 and later"),
    "user": ignored("Bedrock does not know users"),
    "verbosity": ignored("Bedrock has no such parameter; ask for it in the prompt", "medium"),
    "web_search_options": refused("the function does not search the web"),
}


def to_converse(body: JsonObject, family: Family | None) -> Converted:
    """Return the request in ConverseStream's words.

    :param family: of the model that is asked
    :raises HTTPError: 400 that names what has no counterpart
    """
    check_members(body, MEMBERS)
    names = ToolNames()
    converted = Converted(conversation(body, names))
    members = converted.members
    config = {
        "maxTokens": positive(body, "max_completion_tokens") or positive(body, "max_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
        "stopSequences": _stop(body),
    }
    if config := {name: value for name, value in config.items() if value is not None}:
        members["inferenceConfig"] = config
    if tools := _tools(body, names):
        members["toolConfig"] = tools
        one_call_at_most(body, family, converted)
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body, converted):
        members["outputConfig"] = output
    if extra := body.member("additionalModelRequestFields"):
        members["additionalModelRequestFields"] = extra.value
    add_tier(body, members)
    converted.tool_names = names.originals
    return converted


def _stop(body: JsonObject) -> list[str] | None:
    value = body.value.get("stop")
    return [value] if isinstance(value, str) else body.strings("stop") or None


def _tools(body: JsonObject, names: ToolNames) -> dict[str, Any] | None:
    if body.value.get("tool_choice") == "none":
        return None
    choice, allowed = _choice(body, names)
    tools = []
    for tool in body.objects("tools"):
        function = tool.member("function")
        if tool.text("type") != "function" or function is None:
            path = tool.at("type")
            raise bad_request(f"{path} must be function", "unsupported_value", path)
        name = function.required("name")
        if allowed is None or name in allowed:
            schema = function.member("parameters")
            description, strict = function.text("description"), function.flag("strict")
            tools.append(tool_spec(names.alias(name), schema and schema.value, description, strict))
    if not tools:
        return None
    return {"tools": tools, **({"toolChoice": choice} if choice else {})}


def _choice(body: JsonObject, names: ToolNames) -> tuple[dict[str, Any] | None, set[str] | None]:
    """Return ``toolChoice``, and the names of the tools that may be called; None for all."""
    value = body.value.get("tool_choice")
    if value is None:
        return None, None
    if isinstance(value, str):
        return mode(body, "tool_choice"), None
    choice = body.required_object("tool_choice")
    if function := choice.member("function"):
        return {"tool": {"name": names.alias(function.required("name"))}}, None
    if allowed := choice.member("allowed_tools"):
        functions = (tool.required_object("function") for tool in allowed.objects("tools"))
        return mode(allowed, "mode"), {function.required("name") for function in functions}
    raise bad_request("tool_choice is not supported", "unsupported_value", "tool_choice")


def _output(body: JsonObject, converted: Converted) -> dict[str, Any]:
    output: dict[str, Any] = {}
    if effort := effort_of(body.text("reasoning_effort")):
        output["effort"] = effort
    wanted = body.member("response_format")
    kind = wanted.required("type") if wanted else "text"
    schema = wanted.member("json_schema") if wanted else None
    if kind == "json_object":
        converted.own_system.append({"text": ONE_OBJECT})
    elif kind == "json_schema" and schema:
        output["textFormat"] = text_format(schema, "response_format.json_schema")
    elif kind != "text":
        path = "response_format.type"
        raise bad_request(f"{path} must be text, json_object or json_schema", "unsupported_value", path)
    return output
