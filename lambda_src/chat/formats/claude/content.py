"""Keep of messages, system prompt and tools what InvokeModel takes."""

from __future__ import annotations

from ...converse.conversation import ASSISTANT, BEGINNING, USER
from ...converse.tools import claude_tool_use_id, object_schema
from ...json_body import bad_request
from .filtering import cache_control, kept
from .members import BLOCKS, CALLER, CLIENT_TOOLS, DEFINED_TOOL, SOURCES, TOOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...converse.tools import ToolNames
    from ...json_body import JsonObject
    from .members import ClaudeTarget

# Claude Code puts a block with it into its system prompt, which Bedrock refuses.
_BILLING = "x-anthropic-billing-header"
# Members of blocks that are not texts.
_OBJECTS = frozenset({"citations", "content", "input", "source"})
SYSTEM = "system"
CUSTOM = "custom"


class NativeContent:
    """Keeps of a request's content what a model takes.

    :param target: the model
    :param names: of the tools
    """

    def __init__(self, target: ClaudeTarget, names: ToolNames) -> None:
        self._target = target
        self._names = names

    def conversation(self, body: JsonObject) -> dict[str, Any]:
        """Return ``messages`` and, where there is one, ``system``.

        :raises HTTPError: 400 without any message, and for what would be fetched or is not known
        """
        system = self.system(body, SYSTEM)
        messages: list[dict[str, Any]] = []
        for message in body.objects("messages"):
            message.only("role", "content")
            role = message.required("role")
            if role not in (USER, ASSISTANT, SYSTEM):
                message.unsupported("role")
            if role == SYSTEM and not self._target.takes_system_in_messages:
                system = [*_blocks(system), *_blocks(self.system(message, "content"))]
            elif (
                content := self.content(message, "content")
                if role != SYSTEM
                else self.system(message, "content")
            ):
                messages.append({"role": role, "content": content})
        if not messages:
            raise bad_request("messages must have a message with content", "empty_messages", "messages")
        if messages[0]["role"] == ASSISTANT:
            messages.insert(0, {"role": USER, "content": BEGINNING})
        return {"messages": messages, **({SYSTEM: system} if system else {})}

    def system(self, holder: JsonObject, name: str) -> str | list[dict[str, Any]]:
        """Return a system prompt without what Anthropic's own programs tell of themselves in it."""
        content = self.content(holder, name)
        blocks = _blocks(content)
        own = [block for block in blocks if not str(block.get("text")).startswith(_BILLING)]
        if len(own) == len(blocks):
            return content
        holder.drop(f"{SYSTEM}.{_BILLING}")
        return own

    def content(self, holder: JsonObject, name: str) -> str | list[dict[str, Any]]:
        """Return the content of a message: a text, or blocks; blank text is left out.

        :raises HTTPError: 400 that names a block of another type, or whose source would be fetched
        """
        if not isinstance(holder.value.get(name), list):
            text = holder.text(name) or ""
            return text if text.strip() else ""
        blocks = [self._block(block) for block in holder.objects(name)]
        return [block for block in blocks if block]

    def tools(self, body: JsonObject) -> list[dict[str, Any]]:
        """Return the tools.

        :raises HTTPError: 400 for one that does not run on the client's side
        """
        return [self._tool(tool) for tool in body.objects("tools")]

    def _tool(self, tool: JsonObject) -> dict[str, Any]:
        kind = tool.text("type") or CUSTOM
        if kind != CUSTOM and not kind.startswith(CLIENT_TOOLS):
            path = tool.at("type")
            message = f"{path} {kind!r:.80} is not supported: it does not run on the client's side"
            raise bad_request(message, "unsupported_value", path)
        found = kept(tool, TOOL if kind == CUSTOM else DEFINED_TOOL, self._target, "tools.")
        found |= cache_control(tool, self._target)
        if kind == CUSTOM:
            schema = tool.member("input_schema")
            found["name"] = self._names.alias(tool.required("name"))
            found["input_schema"] = object_schema(schema and schema.value)
        return found

    def _block(self, block: JsonObject) -> dict[str, Any] | None:
        """Return what reaches the model of a block; None where that is nothing."""
        kind = block.required("type")
        if kind not in BLOCKS:
            path = block.path
            raise bad_request(f"{path} of type {kind!r:.80} is not supported", "unsupported_value", path)
        block.only("type", "cache_control", CALLER, *BLOCKS[kind])
        found = {name: _simple(block, name) for name in BLOCKS[kind] if block.has(name)}
        match kind:
            case "text":
                if not (block.text("text") or "").strip():
                    return None
            case "thinking" if not block.text("signature"):
                # only Claude's own can be verified
                block.drop("messages.content.thinking")
                return None
            case "image":
                found["source"] = self._source(block, "base64")
            case "document":
                found["source"] = self._source(block, "base64", "text", "content")
            case "search_result":
                found |= {"source": block.text("source"), "content": self.content(block, "content")}
            case "tool_use":
                given = block.member("input")
                found["id"] = claude_tool_use_id(block.required("id"))
                found["name"] = self._names.alias(block.required("name"))
                found["input"] = given.value if given else {}
            case "tool_result":
                found["tool_use_id"] = claude_tool_use_id(block.required("tool_use_id"))
                if block.has("content"):
                    found["content"] = self.content(block, "content")
            case "compaction":
                block.text("content")
            case "tool_search_tool_result":
                found["content"] = self._references(block)
            case "tool_reference":
                found["tool_name"] = self._names.alias(block.required("tool_name"))
        return {"type": kind, **found, **cache_control(block, self._target)}

    def _references(self, block: JsonObject) -> dict[str, Any]:
        content = block.required_object("content")
        content.only("type", "tool_references", "error_code")
        found: dict[str, Any] = {
            name: content.text(name) for name in ("type", "error_code") if content.has(name)
        }
        if references := [self._block(each) for each in content.objects("tool_references")]:
            found["tool_references"] = references
        return found

    def _source(self, block: JsonObject, *kinds: str) -> dict[str, Any]:
        source = block.member("source")
        kind = source.text("type") if source else None
        if source is None or kind not in kinds:
            path = block.at("source")
            message = f"{path} must be of type {' or '.join(kinds)}; nothing is fetched"
            raise bad_request(message, "unsupported_value", path)
        source.only(*SOURCES[kind])
        found = {name: source.value[name] for name in SOURCES[kind] if source.has(name)}
        if kind == "content":
            # which may have images of its own
            found["content"] = self.content(source, "content")
        return found


def _simple(block: JsonObject, name: str) -> object:
    """Return a member of a block, which is a text unless a table or the caller says otherwise."""
    if name in _OBJECTS:
        return block.value[name]
    return block.flag(name) if name == "is_error" else block.text(name)


def _blocks(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content
