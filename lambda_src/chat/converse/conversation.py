"""Messages of another API to those of ConverseStream, which alternate between user and assistant."""

from __future__ import annotations

import json

from ..json_body import bad_request
from .media import MAX_DOCUMENT_NAME
from .tools import LONGEST_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..json_body import JsonObject

USER, ASSISTANT = "user", "assistant"
#: Stands for the result of a tool without any; Bedrock refuses a blank one.
NO_OUTPUT = "(no output)"
#: Stands before an answer that nobody asked for; Bedrock wants a user's message first.
BEGINNING = "(the conversation begins with an answer)"
#: Stands beside a document without text, which Bedrock refuses.
SEE_DOCUMENT = "See the document."


class Conversation:
    """Collects messages; those of one role in a row become one.

    Documents get names of their own, whatever they are called: Bedrock refuses two of the same name in a
    request, and a file that is attached twice has the name twice. So do calls of tools whose id an earlier
    call had, and their results with them, since some clients count calls anew in each turn.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._names: set[str] = set()
        self._ids: set[str] = set()
        self._waiting: dict[str, list[str]] = {}  # id -> ids in the request of the calls without a result

    def add(self, role: str, blocks: list[dict[str, Any]]) -> None:
        """Add content blocks; none add nothing, since Bedrock refuses a message without content."""
        if not blocks:
            return
        if role == ASSISTANT and self.messages and self.messages[-1]["role"] != role:
            self._waiting.clear()  # a result is right after its call
        self._tell_apart(blocks)
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": list(blocks)})

    def finish(self) -> list[dict[str, Any]]:
        """Return the messages, with a text beside every document.

        :raises HTTPError: 400 when there are none
        """
        if not self.messages:
            raise bad_request("messages must have a message with content", "empty_messages", "messages")
        if self.messages[0]["role"] == ASSISTANT:
            self.messages.insert(0, {"role": USER, "content": [{"text": BEGINNING}]})
        for message in self.messages:
            content = message["content"]
            if any("document" in block for block in content) and not any("text" in each for each in content):
                content.append({"text": SEE_DOCUMENT})
        return self.messages

    def _tell_apart(self, blocks: list[dict[str, Any]]) -> None:
        for block in blocks:
            if use := block.get("toolUse"):
                use["toolUseId"] = self._called(use["toolUseId"])
            elif (result := block.get("toolResult")) and (ids := self._waiting.get(result["toolUseId"])):
                result["toolUseId"] = ids.pop(0)
            self._tell_apart(block.get("toolResult", {}).get("content", []))
            if document := block.get("document"):
                document["name"] = self._unused(document["name"])

    def _called(self, identity: str) -> str:
        unused, count = identity, 1
        while unused in self._ids:
            count += 1
            ending = f"_{count}"
            unused = identity[: LONGEST_NAME - len(ending)] + ending
        self._ids.add(unused)
        self._waiting.setdefault(identity, []).append(unused)
        return unused

    def _unused(self, name: str) -> str:
        unused, count = name, 1
        while unused.lower() in self._names:
            count += 1
            ending = f" ({count})"
            unused = name[: MAX_DOCUMENT_NAME - len(ending)].rstrip() + ending
        self._names.add(unused.lower())
        return unused


def without_tools(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return messages with the calls of tools, and their results, as text.

    ConverseStream takes calls and results only beside the tools, and has no choice that forbids to call them.
    """
    return [
        {**message, "content": [said for block in message["content"] for said in _without_tools(block)]}
        for message in messages
    ]


def _without_tools(block: dict[str, Any]) -> list[dict[str, Any]]:
    if use := block.get("toolUse"):
        given = json.dumps(use["input"], ensure_ascii=False)
        return [{"text": f"called {use['name']} with {given}"}]
    if result := block.get("toolResult"):
        failed = ", which is an error" if result.get("status") == "error" else ""
        content = [each for each in result["content"] if each.get("text", "-").strip()]
        return [{"text": f"the result{failed}:"}, *content]
    return [block]


def result_content(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the content of a tool's result; one of a tool that found nothing says so."""
    return content or [{"text": NO_OUTPUT}]


def text_blocks(text: str | None) -> list[dict[str, Any]]:
    """Return a block of text, or none for a blank one, which Bedrock refuses."""
    return [{"text": text}] if text and text.strip() else []


def cache_point(holder: JsonObject) -> list[dict[str, Any]]:
    """Return the cache point that goes after a block with ``cache_control``, if it has one."""
    control = holder.member("cache_control")
    if control is None:
        return []
    ttl = control.text("ttl")
    return [{"cachePoint": {"type": "default", **({"ttl": ttl} if ttl else {})}}]


def json_schema(schema: object, name: str | None = None, description: str | None = None) -> dict[str, Any]:
    """Return ``outputConfig.textFormat`` for a JSON schema."""
    structure = {"schema": json.dumps(schema), "name": name, "description": description}
    given = {key: value for key, value in structure.items() if value}
    return {"type": "json_schema", "structure": {"jsonSchema": given}}
