"""Convert the body that the AI SDK's ``DefaultChatTransport`` posts to ConverseStream's members."""

from __future__ import annotations

import json

from ...converse import request as converse_request
from ...converse.conversation import (
    ASSISTANT,
    USER,
    Conversation,
    result_content,
    text_blocks,
    without_tools,
)
from ...converse.media import from_data_url
from ...converse.model_call import Converted
from ...converse.tools import ToolNames, tool_use_id
from ...json_body import JsonObject, bad_request
from ..members import check_members, honoured, ignored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Every member of a request.
MEMBERS = {
    **{name: honoured("as in ConverseStream") for name in converse_request.NAMES},
    "id": honoured("names the chat, for a store of streams"),
    "messageId": honoured("only the client uses it"),
    "messages": honoured("`messages`, and `system` from the role system"),
    "metadata": ignored("nothing is stored", {}),
    "model": honoured("one of the function's models"),
    "trigger": honoured("only the client uses it"),
}
# Parts that are for the user interface.
_SHOWN = ("data-", "source-", "step-start")
# Parts of an answer that no model takes back: AI SDK 5 and later, and 7.
_LEFT_OUT = ("reasoning-file", "custom")
# States of a tool call that nobody has answered: AI SDK 5, 6 and 7.
_UNFINISHED = ("input-streaming", "input-available", "approval-requested")
_DENIED = "the user denied this call"


def to_converse(body: JsonObject) -> Converted:
    """Return the request in ConverseStream's words.

    :raises HTTPError: 400 that names what has no counterpart
    """
    check_members(body, MEMBERS)
    names = ToolNames()
    conversation = Conversation()
    system: list[dict[str, Any]] = []
    for message in body.objects("messages"):
        role = message.required("role")
        if role == "system":
            system += [block for part in message.objects("parts") for block in _user_part(part)]
        elif role == USER:
            conversation.add(USER, [block for part in message.objects("parts") for block in _user_part(part)])
        elif role == ASSISTANT:
            _add_assistant(conversation, message, names)
        else:
            message.unsupported("role")
    messages = conversation.finish()
    others = {name: body.value[name] for name in converse_request.NAMES if name in body.value}
    others.pop("messages", None)
    members = converse_request.to_converse(JsonObject(others, dropped=body.dropped))
    members["messages"] = messages if "toolConfig" in members else without_tools(messages)
    if system:
        members["system"] = [*system, *members.get("system", [])]
    converted = Converted(members)
    converted.tool_names = names.originals
    return converted


def _user_part(part: JsonObject) -> list[dict[str, Any]]:
    kind = part.required("type")
    if kind == "text":
        return text_blocks(part.text("text"))
    if kind == "file":
        return [from_data_url(part.required("url"), part.at("url"), part.text("filename"))]
    if kind.startswith(_SHOWN):
        return []
    raise bad_request(f"{part.path} of type {kind!r:.80} is not supported", "unsupported_value", part.path)


def _add_assistant(conversation: Conversation, message: JsonObject, names: ToolNames) -> None:
    """Add the message of an assistant; the results of its tools, which are in it, are the user's."""
    said: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for part in message.objects("parts"):
        kind = part.required("type")
        tool = kind == "dynamic-tool" or kind.startswith("tool-")
        if results and not tool:
            conversation.add(ASSISTANT, _answered(said, message))
            conversation.add(USER, results)
            said, results = [], []
        if tool:
            name = part.required("toolName") if kind == "dynamic-tool" else kind.removeprefix("tool-")
            if result := _result(part):
                said.append(_tool_use(part, names.alias(name)))
                results.append(result)
        elif kind == "reasoning" and (thought := _thought(part)):
            said.append(thought)
        elif kind in (*_LEFT_OUT, "reasoning"):
            part.drop(f"messages.parts.{kind}")
        else:
            said += _user_part(part)
    conversation.add(ASSISTANT, _answered(said, message))
    conversation.add(USER, results)


def _thought(part: JsonObject) -> dict[str, Any] | None:
    from .reasoning import opened  # few requests have any

    return opened(part)


def _answered(said: list[dict[str, Any]], message: JsonObject) -> list[dict[str, Any]]:
    """Return an answer without reasoning that nothing follows, such as one that was stopped."""
    while said and "reasoningContent" in said[-1]:
        message.drop("messages.parts.reasoning")
        said.pop()
    return said


def _tool_use(part: JsonObject, name: str) -> dict[str, Any]:
    given = part.value.get("input")
    if not isinstance(given, dict):  # that of a call that failed may be anything
        given = {"input": given} if given else {}
    return {"toolUse": {"toolUseId": tool_use_id(part.required("toolCallId")), "name": name, "input": given}}


def _result(part: JsonObject) -> dict[str, Any] | None:
    """Return the result of a tool call; None for one that nobody has answered, which is left out."""
    state = part.required("state")
    if state in _UNFINISHED:
        return None
    result: dict[str, Any] = {"toolUseId": tool_use_id(part.required("toolCallId"))}
    if state == "output-available":
        output = part.value.get("output")
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        result["content"] = result_content(text_blocks(text))
    elif state == "output-error":
        result |= {"content": result_content(text_blocks(part.text("errorText"))), "status": "error"}
    elif state in ("approval-responded", "output-denied"):
        approval = part.member("approval")
        if state == "approval-responded" and approval and approval.flag("approved"):
            return None  # the client runs it next
        reason = approval.text("reason") if approval else None
        result |= {"content": [{"text": f"{_DENIED}: {reason}" if reason else _DENIED}], "status": "error"}
    else:
        raise bad_request(f"{part.at('state')} must have an output", "unsupported_value", part.at("state"))
    return {"toolResult": result}
