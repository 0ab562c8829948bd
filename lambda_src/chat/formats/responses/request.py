"""Convert a request of OpenAI's Responses API to ConverseStream's members.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from ...converse.conversation import json_schema, without_tools
from ...converse.model_call import Converted
from ...converse.request import positive
from ...converse.tools import one_call
from ...json_body import bad_request
from ...limits.families import ANTHROPIC
from ..members import check_members, honoured, ignored, refused
from .items import conversation
from .tools import tool_config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...limits.families import Family
    from .tools import ClientTools

_TIERS = {"auto": None, "default": None, "flex": "flex", "priority": "priority"}
_EFFORTS = {"none": None, "minimal": "low"}
_SAMPLING = "Bedrock has no such parameter"
_CACHE = "Converse has no equivalent"
_NO_STATE = "this deployment stores no responses; send the whole conversation in input, with store: false"
_LOGPROBS = "message.output_text.logprobs"
#: Every member of a request.
MEMBERS = {
    "access_programs": ignored("it is about models of OpenAI"),
    "additionalModelRequestFields": honoured(
        "as far as `caller_may_send` allows; not a member of OpenAI's API"
    ),
    "background": refused("this deployment runs no response in the background", False),
    "background_options": ignored("it is about responses in the background"),
    "client_metadata": ignored("nothing is stored"),
    "context_management": ignored("Converse has no equivalent", []),
    "conversation": refused(_NO_STATE),
    "frequency_penalty": ignored(_SAMPLING, 0),
    "image": ignored("the answer is text"),
    "include": honoured("encrypted reasoning is always there; a request for probabilities is refused"),
    "input": honoured("`messages`, and `system` from the roles system and developer"),
    "instructions": honoured("`system`"),
    "max_output_tokens": honoured("`maxTokens`"),
    "max_tool_calls": ignored("it limits tools that run on OpenAI's side"),
    "metadata": honoured("returned with the response; nothing is stored"),
    "model": honoured("one of the function's models"),
    "moderation": ignored("a guardrail of the deployment has this task"),
    "parallel_tool_calls": honoured(
        "false is `disable_parallel_tool_use` of Anthropic's models; other models have no such choice"
    ),
    "presence_penalty": ignored(_SAMPLING, 0),
    "previous_response_id": refused(_NO_STATE),
    "prompt": refused("this deployment has no stored prompts"),
    "prompt_cache_key": ignored(_CACHE),
    "prompt_cache_options": ignored(_CACHE),
    "prompt_cache_retention": ignored(_CACHE),
    "reasoning": honoured("effort becomes `outputConfig.effort`; reasoning is always returned as summary"),
    "safety_identifier": ignored("Bedrock does not know users"),
    "service_tier": honoured("`serviceTier`, if the deployment leaves it to callers"),
    "store": refused(_NO_STATE, False),
    "stream": honoured("server-sent events or one object"),
    "stream_options": ignored("events are not padded", {"include_obfuscation": False}),
    "temperature": honoured("`temperature`, at most 1"),
    "text": honoured("json_schema becomes `outputConfig.textFormat`, json_object an instruction"),
    "tool_choice": honoured("`toolChoice`; allowed_tools leaves the other tools out"),
    "tools": honoured("`toolConfig`; tools that run on OpenAI's side are left out"),
    "top_logprobs": refused("Bedrock returns no probabilities", 0),
    "top_p": honoured("`topP`; beside `temperature` not for Claude 4.5 and later"),
    "truncation": ignored("too long a conversation is a 400", "disabled"),
    "user": ignored("Bedrock does not know users"),
}
#: What json_object asks for, in words; no model of Bedrock has a parameter for it.
_ONE_OBJECT = "Answer with one JSON object and nothing else."


def to_converse(body: JsonObject, tools: ClientTools, family: Family | None) -> Converted:
    """Return the request in ConverseStream's words.

    :param tools: gets those of the request
    :param family: of the model that is asked
    :raises HTTPError: 400 that names what has no counterpart
    """
    check_members(body, MEMBERS)
    if _LOGPROBS in body.sequence("include"):
        raise bad_request("include asks for probabilities", "unsupported_value", "include")
    converted = Converted(conversation(body, tools))
    members = converted.members
    config = {
        "maxTokens": positive(body, "max_output_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
    }
    if config := {name: value for name, value in config.items() if value is not None}:
        members["inferenceConfig"] = config
    if given := tool_config(body, tools):
        members["toolConfig"] = given
        _one_call_at_most(body, family, converted)
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body, converted):
        members["outputConfig"] = output
    if extra := body.member("additionalModelRequestFields"):
        members["additionalModelRequestFields"] = extra.value
    tier = body.text("service_tier")
    if tier not in (None, *_TIERS):
        body.drop("service_tier")
    elif served := _TIERS.get(tier or ""):
        members["serviceTier"] = {"type": served}
    return converted


def _one_call_at_most(body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Ask for one call of a tool where the caller wants no parallel ones, as Anthropic's models take it."""
    if body.value.get("parallel_tool_calls") is None or body.flag("parallel_tool_calls"):
        return
    if family is ANTHROPIC:
        tools = converted.members["toolConfig"]
        converted.own_fields["tool_choice"] = one_call(tools.pop("toolChoice", {"auto": {}}))
    else:
        body.drop("parallel_tool_calls")


def _output(body: JsonObject, converted: Converted) -> dict[str, Any]:
    output: dict[str, Any] = {}
    reasoning = body.member("reasoning")
    effort = reasoning.text("effort") if reasoning else None
    if effort is not None and (effort := _EFFORTS.get(effort, effort)):
        output["effort"] = effort
    text = body.member("text")
    if text and text.text("verbosity") not in (None, "medium"):
        text.drop("text.verbosity")
    wanted = text.member("format") if text else None
    kind = wanted.required("type") if wanted else "text"
    if kind == "json_object":
        converted.own_system.append({"text": _ONE_OBJECT})
    elif kind == "json_schema" and wanted:
        schema = wanted.member("schema")
        name, description = wanted.text("name"), wanted.text("description")
        output["textFormat"] = json_schema(schema.value if schema else {}, name, description)
    elif kind != "text":
        path = "text.format.type"
        raise bad_request(f"{path} must be text, json_object or json_schema", "unsupported_value", path)
    return output
