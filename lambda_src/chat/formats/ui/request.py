"""Convert the body that the AI SDK's ``DefaultChatTransport`` posts to ConverseStream's members."""

from __future__ import annotations

import json

from ...converse import request as converse_request
from ...converse.conversation import ASSISTANT, USER, Conversation, text_blocks, without_tools
from ...converse.media import from_data_url
from ...json_body import JsonObject, bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# Of the client's own state.
_IGNORED = ("id", "messageId", "metadata", "trigger")
# Parts that are for the user interface.
_SHOWN = ("data-", "source-", "step-start")


def to_converse(body: JsonObject) -> dict[str, Any]:
    """Return the members of ConverseStream that a request asks for.

    :raises HTTPError: 400 that names what has no counterpart
    """
    body.only("messages", "model", *converse_request.NAMES, *_IGNORED)
    conversation = Conversation()
    system: list[dict[str, Any]] = []
    for message in body.objects("messages"):
        role = message.required("role")
        if role == "system":
            system += [block for part in message.objects("parts") for block in _user_part(part)]
        elif role == USER:
            conversation.add(USER, [block for part in message.objects("parts") for block in _user_part(part)])
        elif role == ASSISTANT:
            _add_assistant(conversation, message)
        else:
            message.unsupported("role")
    if not conversation.messages:
        raise bad_request("messages must have a message with content", "empty_messages", "messages")
    others = {name: value for name, value in body.value.items() if name != "messages"}
    members = converse_request.to_converse(JsonObject(others))
    messages = conversation.messages
    members["messages"] = messages if "toolConfig" in members else without_tools(messages)
    if system:
        members["system"] = [*system, *members.get("system", [])]
    return members


def _user_part(part: JsonObject) -> list[dict[str, Any]]:
    kind = part.required("type")
    if kind == "text":
        return text_blocks(part.text("text"))
    if kind == "file":
        return [from_data_url(part.required("url"), part.at("url"), part.text("filename"))]
    if kind.startswith(_SHOWN):
        return []
    raise bad_request(f"{part.path} of type {kind!r:.80} is not supported", "unsupported_value", part.path)


def _add_assistant(conversation: Conversation, message: JsonObject) -> None:
    """Add the message of an assistant; the results of its tools, which are in it, are the user's."""
    said: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for part in message.objects("parts"):
        kind = part.required("type")
        tool = kind == "dynamic-tool" or kind.startswith("tool-")
        if results and not tool:
            conversation.add(ASSISTANT, said)
            conversation.add(USER, results)
            said, results = [], []
        if tool:
            name = part.required("toolName") if kind == "dynamic-tool" else kind.removeprefix("tool-")
            use, result = _tool(part, name)
            said.append(use)
            results.append(result)
        elif kind != "reasoning":  # without its signature no model takes it back
            said += _user_part(part)
    conversation.add(ASSISTANT, said)
    conversation.add(USER, results)


def _tool(part: JsonObject, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    identity = part.required("toolCallId")
    given = part.member("input")
    use = {"toolUseId": identity, "name": name, "input": given.value if given else {}}
    result: dict[str, Any] = {"toolUseId": identity}
    state = part.required("state")
    if state == "output-available":
        output = part.value.get("output")
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        result["content"] = [{"text": text or " "}]
    elif state == "output-error":
        result |= {"content": [{"text": part.text("errorText") or " "}], "status": "error"}
    else:
        raise bad_request(f"{part.at('state')} must have an output", "unsupported_value", part.at("state"))
    return {"toolUse": use}, {"toolResult": result}
