"""Convert the items of ``input`` to the conversation and the system prompt of ConverseStream."""

from __future__ import annotations

from ...converse.conversation import ASSISTANT, USER, Conversation, result_content, text_blocks
from ...converse.media import KINDS, from_base64, from_data_url
from ...converse.tools import tool_input, tool_use_id
from ...json_body import JsonObject, bad_request
from .reasoning import opened
from .tools import INPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .tools import ClientTools

# The members of each item, and those that have no effect.
_MESSAGE = ("type", "role", "content", "id", "status", "phase", "name")
_CALL = ("type", "id", "call_id", "name", "namespace", "arguments", "input", "status", "caller", "async")
_OUTPUT = ("type", "id", "call_id", "output", "status", "caller", "name")
_REASONING = ("type", "id", "summary", "content", "encrypted_content", "status")
_PARTS = {
    "input_text": ("type", "text", "prompt_cache_breakpoint"),
    "output_text": ("type", "text", "annotations", "logprobs"),
    "text": ("type", "text"),
    "refusal": ("type", "refusal"),
    "input_image": ("type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"),
    "input_file": (
        "type",
        "file_data",
        "file_id",
        "file_url",
        "filename",
        "detail",
        "prompt_cache_breakpoint",
    ),
    "input_audio": ("type", "input_audio"),
}
#: Items of tools that OpenAI's servers run, or that only its models know: types in openai-python's
#: `ResponseInputItem`. They are left out, as the tools are.
SERVER_ITEMS = frozenset(
    {
        *("additional_tools", "apply_patch_call", "apply_patch_call_output", "code_interpreter_call"),
        *("compaction_trigger", "computer_call", "computer_call_output", "file_search_call"),
        *("image_generation_call", "local_shell_call", "local_shell_call_output", "mcp_approval_request"),
        *("mcp_approval_response", "mcp_call", "mcp_list_tools", "program", "program_output", "shell_call"),
        *("shell_call_output", "tool_search_call", "tool_search_output", "web_search_call"),
    }
)
_EXTENSIONS = {extension: media_type for media_type, (_, extension) in KINDS.items()}
#: The error for an item that would have to be stored.
NOTHING_STORED = (
    "{} is an item_reference, and this API stores no items; set store: false in the client, so that it sends "
    "every item in full"
)


def conversation(body: JsonObject, tools: ClientTools) -> dict[str, Any]:
    """Return ``messages`` and ``system``.

    :raises HTTPError: 400 that names what has no counterpart
    """
    items = _Items(tools)
    items.system += text_blocks(body.text("instructions"))
    if isinstance(body.value.get("input"), str):
        items.messages.add(USER, text_blocks(body.text("input")))
    else:
        for item in body.objects("input"):
            items.read(item)
    items.drop_waiting(body)
    if not items.messages.messages:
        raise bad_request("input must have a message with content", "empty_messages", "input")
    members: dict[str, Any] = {"messages": [_reasoning_first(each) for each in items.messages.finish()]}
    if items.system:
        members["system"] = items.system
    return members


def _reasoning_first(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message whose first block is reasoning, if it has any: a model refuses another order."""
    content = message["content"]
    if "reasoningContent" not in content[0]:
        # the sort is stable
        content.sort(key=lambda block: "reasoningContent" not in block)
    return message


class _Items:
    """Collects messages of the items of one request.

    :param tools: of the request
    """

    def __init__(self, tools: ClientTools) -> None:
        self.messages = Conversation()
        self.system: list[dict[str, Any]] = []
        self._tools = tools
        # Reasoning waits for what it is about: a model refuses a message of reasoning alone.
        self._waiting: list[dict[str, Any]] = []

    def read(self, item: JsonObject) -> None:
        """Add an item, which is a message if it does not say what it is."""
        kind = item.text("type") or "message"
        if kind == "message":
            self._message(item)
        elif kind in ("function_call", "custom_tool_call"):
            self._call(item, kind)
        elif kind in ("function_call_output", "custom_tool_call_output"):
            self._output(item)
        elif kind == "reasoning":
            self._reasoning(item)
        elif kind in SERVER_ITEMS:
            item.drop(f"input.{kind}")
        elif kind == "item_reference":
            raise bad_request(NOTHING_STORED.format(item.path), "item_not_found", item.path)
        else:
            raise unsupported(item, kind)

    def drop_waiting(self, item: JsonObject) -> None:
        """Drop reasoning that was about nothing, such as that of an answer which was cut."""
        if self._waiting:
            item.drop("input.reasoning")
        self._waiting = []

    def _message(self, item: JsonObject) -> None:
        item.only(*_MESSAGE)
        role = item.required("role")
        if role in ("system", "developer"):
            self.system += _content(item, "content")
        elif role == USER:
            self._ask(item, _content(item, "content"))
        elif role == ASSISTANT:
            self._answer(_content(item, "content"))
        else:
            item.unsupported("role")

    def _call(self, item: JsonObject, kind: str) -> None:
        item.only(*_CALL)
        name = self._tools.alias(item.required("name"), item.text("namespace"))
        given = tool_input(item.text("arguments") or "")
        if kind == "custom_tool_call":
            given = {INPUT: item.text("input") or ""}
        identity = tool_use_id(item.required("call_id"))
        self._answer([{"toolUse": {"toolUseId": identity, "name": name, "input": given}}])

    def _output(self, item: JsonObject) -> None:
        item.only(*_OUTPUT)
        identity = tool_use_id(item.required("call_id"))
        content = result_content(_content(item, "output"))
        self._ask(item, [{"toolResult": {"toolUseId": identity, "content": content}}])

    def _reasoning(self, item: JsonObject) -> None:
        item.only(*_REASONING)
        block = opened(item.text("encrypted_content"))
        if block:
            self._waiting.append(block)
        else:
            item.drop("input.reasoning")

    def _answer(self, blocks: list[dict[str, Any]]) -> None:
        if blocks:
            self.messages.add(ASSISTANT, [*self._waiting, *blocks])
            self._waiting = []

    def _ask(self, item: JsonObject, blocks: list[dict[str, Any]]) -> None:
        self.drop_waiting(item)
        self.messages.add(USER, blocks)


def _content(item: JsonObject, name: str) -> list[dict[str, Any]]:
    if isinstance(item.value.get(name), list):
        return [block for part in item.objects(name) for block in _part(part)]
    return text_blocks(item.text(name))


def _part(part: JsonObject) -> list[dict[str, Any]]:
    kind = part.required("type")
    if kind not in _PARTS:
        raise unsupported(part, kind)
    part.only(*_PARTS[kind])
    part.unsupported("file_id")
    part.unsupported("file_url")
    if kind == "input_image":
        if part.text("detail") not in (None, "auto"):
            part.drop("input.content.detail")
        return [from_data_url(part.required("image_url"), part.at("image_url"))]
    if kind == "input_file":
        return [_file(part)]
    if kind == "input_audio":
        audio = part.required_object(kind)
        media_type = f"audio/{audio.required('format')}"
        return [from_base64(media_type, audio.value.get("data"), audio.at("data"))]
    return text_blocks(part.text("refusal" if kind == "refusal" else "text"))


def _file(part: JsonObject) -> dict[str, Any]:
    """Return the block of a file, which is a data URL or, with a name that tells its type, plain Base64."""
    data, name, path = part.required("file_data"), part.text("filename"), part.at("file_data")
    media_type = _EXTENSIONS.get((name or "").rpartition(".")[2].lower())
    if data.startswith("data:") or media_type is None:
        return from_data_url(data, path, name)
    return from_base64(media_type, data, path, name)


def unsupported(holder: JsonObject, kind: str) -> Exception:
    """Return the 400 for an item or a part of another type."""
    return bad_request(
        f"{holder.path} of type {kind!r:.80} is not supported", "unsupported_value", holder.path
    )
