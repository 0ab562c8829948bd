"""Convert a request of OpenAI's Chat Completions API to ConverseStream's members.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json

from ...converse.conversation import (
    ASSISTANT,
    USER,
    Conversation,
    json_schema,
    text_blocks,
    tool_spec,
    without_tools,
)
from ...converse.media import from_base64, from_data_url
from ...converse.request import positive
from ...json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject

# Read here, besides the ones below.
_READ = (
    "additionalModelRequestFields",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "reasoning_effort",
    "response_format",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
)
# Say something about the caller, or ask for what is best effort anyway.
_IGNORED = (
    "metadata",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "seed",
    "store",
    "user",
    "verbosity",
)
# No counterpart in Bedrock, but for the value that asks for what happens anyway.
_UNSUPPORTED: dict[str, tuple[object, ...]] = {
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("none",),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "parallel_tool_calls": (True,),
    "prediction": (),
    "presence_penalty": (0,),
    "top_logprobs": (0,),
    "web_search_options": (),
}
_TIERS = {"auto": None, "default": None, "flex": "flex", "priority": "priority"}
_EFFORTS = {"none": None, "minimal": "low"}


def to_converse(body: JsonObject) -> dict[str, Any]:
    """Return the members of ConverseStream that a request asks for.

    :raises HTTPError: 400 that names what has no counterpart
    """
    body.only(*_READ, *_IGNORED, *_UNSUPPORTED, "service_tier")
    for name, harmless in _UNSUPPORTED.items():
        body.unsupported(name, *harmless)
    members = _conversation(body)
    config = {
        "maxTokens": positive(body, "max_completion_tokens") or positive(body, "max_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
        "stopSequences": _stop(body),
    }
    if config := {name: value for name, value in config.items() if value is not None}:
        members["inferenceConfig"] = config
    if tools := _tools(body):
        members["toolConfig"] = tools
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body):
        members["outputConfig"] = output
    if extra := body.member("additionalModelRequestFields"):
        members["additionalModelRequestFields"] = extra.value
    if tier := _one_of(body, "service_tier", _TIERS):
        members["serviceTier"] = {"type": tier}
    return members


def _conversation(body: JsonObject) -> dict[str, Any]:
    conversation = Conversation()
    system: list[dict[str, Any]] = []
    for message in body.objects("messages"):
        role = message.required("role")
        if role in ("system", "developer"):
            system += _content(message)
        elif role == "user":
            conversation.add(USER, _content(message))
        elif role == "assistant":
            conversation.add(ASSISTANT, _content(message) + [_call(c) for c in message.objects("tool_calls")])
        elif role == "tool":
            result = {"toolUseId": message.required("tool_call_id"), "content": _result(message)}
            conversation.add(USER, [{"toolResult": result}])
        else:
            message.unsupported("role")
    if not conversation.messages:
        raise bad_request("messages must have a message with content", "empty_messages", "messages")
    members: dict[str, Any] = {"messages": conversation.messages}
    if system:
        members["system"] = system
    return members


def _content(message: JsonObject) -> list[dict[str, Any]]:
    if isinstance(message.value.get("content"), list):
        return [block for part in message.objects("content") for block in _part(part)]
    return text_blocks(message.text("content"))


def _result(message: JsonObject) -> list[dict[str, Any]]:
    # a tool that found nothing still has a result
    return _content(message) or [{"text": " "}]


def _part(part: JsonObject) -> list[dict[str, Any]]:
    kind = part.required("type")
    if kind in ("text", "refusal"):
        return text_blocks(part.text(kind))
    if kind == "image_url" and (image := part.member("image_url")):
        return [from_data_url(image.required("url"), image.at("url"))]
    if kind == "file" and (file := part.member("file")):
        file.unsupported("file_id")
        return [from_data_url(file.required("file_data"), file.at("file_data"), file.text("filename"))]
    if kind == "input_audio" and (audio := part.member("input_audio")):
        media_type = f"audio/{audio.required('format')}"
        return [from_base64(media_type, audio.value.get("data"), audio.at("data"))]
    raise bad_request(f"{part.path} of type {kind!r:.80} is not supported", "unsupported_value", part.path)


def _call(call: JsonObject) -> dict[str, Any]:
    function = call.member("function")
    if function is None:
        raise bad_request(f"{call.path} must be a function call", "unsupported_value", call.path)
    path = function.at("arguments")
    try:
        arguments = json.loads(function.text("arguments") or "{}")
    except (ValueError, RecursionError) as error:
        raise bad_request(f"{path} must be JSON", "invalid_json", path) from error
    if not isinstance(arguments, dict):
        raise bad_request(f"{path} must be a JSON object", "invalid_type", path)
    return {
        "toolUse": {"toolUseId": call.required("id"), "name": function.required("name"), "input": arguments}
    }


def _stop(body: JsonObject) -> list[str] | None:
    value = body.value.get("stop")
    return [value] if isinstance(value, str) else body.strings("stop") or None


def _tools(body: JsonObject) -> dict[str, Any] | None:
    tools = []
    for tool in body.objects("tools"):
        function = tool.member("function")
        if tool.text("type") != "function" or function is None:
            raise bad_request(f"{tool.at('type')} must be function", "unsupported_value", tool.at("type"))
        schema = function.member("parameters")
        tools.append(
            tool_spec(
                function.required("name"),
                schema and schema.value,
                function.text("description"),
                function.flag("strict"),
            )
        )
    choice = body.value.get("tool_choice")
    if not tools or choice == "none":
        return None
    config: dict[str, Any] = {"tools": tools}
    if choice == "auto":
        config["toolChoice"] = {"auto": {}}
    elif choice == "required":
        config["toolChoice"] = {"any": {}}
    elif choice is not None:
        chosen = body.member("tool_choice")
        function = chosen.member("function") if chosen else None
        if function is None:
            raise bad_request("tool_choice is not supported", "unsupported_value", "tool_choice")
        config["toolChoice"] = {"tool": {"name": function.required("name")}}
    return config


def _output(body: JsonObject) -> dict[str, Any]:
    output: dict[str, Any] = {}
    effort = body.text("reasoning_effort")
    if effort is not None and (effort := _EFFORTS.get(effort, effort)):
        output["effort"] = effort
    wanted = body.member("response_format")
    if wanted and (kind := wanted.required("type")) != "text":
        schema = wanted.member("json_schema")
        if kind != "json_schema" or schema is None:
            path = wanted.at("type")
            raise bad_request(f"{path} must be text or json_schema", "unsupported_value", path)
        definition = schema.member("schema")
        output["textFormat"] = json_schema(
            definition.value if definition else {}, schema.text("name"), schema.text("description")
        )
    return output


def _one_of(body: JsonObject, name: str, values: dict[str, str | None]) -> str | None:
    value = body.text(name)
    if value is not None and value not in values:
        raise bad_request(f"{name} must be one of {', '.join(values)}", "invalid_value", name)
    return values[value] if value is not None else None
