"""Check a body of Anthropic's Messages as Bedrock does, which takes less of it than Anthropic's own API.

Paths are counted from zero, and name the type of a block: ``messages.0.content.1.tool_use.id``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..validation.models import ClaudeModel, claude_model
from ..validation.refusals import refused
from . import members as known

Json = Mapping[str, Any]
USER_ID = re.compile(r"[A-Za-z0-9_.@ -]*\Z")
BILLING = "x-anthropic-billing-header"


def check_messages(model_id: str, body: Json, members: frozenset[str], betas: Sequence[str]) -> None:
    """Check the members of a body, and its conversation.

    :param members: those that the operation takes
    :param betas: those of the request
    :raises RefusedError: when Bedrock would refuse it
    """
    for name in ("max_tokens", "messages"):
        if body.get(name) is None:
            raise refused("field required", path=name)
    missing = {name for name, beta in known.MEMBER_BETAS.items() if beta not in betas}
    _only(members - missing, body, "")
    model = claude_model(model_id)
    ttl_refused = model is not None and model.version < known.TTL_SINCE
    controls = known.CACHE_CONTROL - ({"ttl"} if ttl_refused else set())
    _check_thinking(body.get("thinking") or {}, betas)
    choice = body.get("tool_choice") or {}
    _only(known.TOOL_CHOICE, choice, f"tool_choice.{choice.get('type')}.")
    _only(controls, body.get("cache_control") or {}, "cache_control.ephemeral.")
    _check_output_config(body.get("output_config") or {}, model, invoke="model" not in members)
    _check_context_management(body.get("context_management") or {}, betas)
    _check_metadata(body.get("metadata") or {})
    _check_system(body.get("system"), controls)
    for index, tool in enumerate(body.get("tools") or []):
        _check_cache_control(f"tools.{index}", tool, controls)
        _check_tool(f"tools.{index}", tool, model, betas, invoke="model" not in members)
    _check_roles(body["messages"], model)
    for index, message in enumerate(body["messages"]):
        _check_blocks(f"messages.{index}.content", message.get("content"), controls)
    _check_pairs(body["messages"])


def _only(allowed: Iterable[str], given: Json, prefix: str) -> None:
    for name, value in given.items():
        if name not in allowed and value is not None:
            raise refused("extra input", path=f"{prefix}{name}")


def _check_output_config(config: Json, model: ClaudeModel | None, *, invoke: bool) -> None:
    version = model.version if model else (4, 6)
    # the path for Messages was seen to refuse a format in September 2026
    taken = {"effort": version >= (4, 6), "format": invoke and (4, 5) <= version < (5, 0)}
    _only([name for name, takes in taken.items() if takes], config, "output_config.")


def _check_context_management(management: Json, betas: Sequence[str]) -> None:
    for edit in management.get("edits") or []:
        if known.CONTEXT_EDITS.get(edit.get("type")) not in betas:
            raise refused("extra input", path="context_management")


def _check_metadata(metadata: Json) -> None:
    _only({"user_id"}, metadata, "metadata.")
    if not USER_ID.match(str(metadata.get("user_id") or "")):
        raise refused("user id")


def _check_thinking(thinking: Json, betas: Sequence[str]) -> None:
    allowed = {*known.THINKING, *(name for name, beta in known.THINKING_BETAS.items() if beta in betas)}
    _only(allowed, thinking, f"thinking.{thinking.get('type')}.")


def _check_system(system: object, controls: frozenset[str]) -> None:
    texts = [system] if isinstance(system, str) else [block.get("text") for block in _list(system)]
    if any(isinstance(text, str) and text.startswith(BILLING) for text in texts):
        raise refused("billing header")
    if not isinstance(system, str):
        _check_blocks("system", system, controls)


def _check_tool(
    path: str, tool: Json, model: ClaudeModel | None, betas: Sequence[str], *, invoke: bool
) -> None:
    kind = str(tool.get("type") or "custom")
    if not kind.startswith(known.CLIENT_TOOLS):
        raise refused("server tool") if invoke else refused("server tool of messages", kind=kind)
    if kind != "custom":
        return
    allowed = {*known.TOOL, *(name for name, needed in known.TOOL_BETAS.items() if {*needed} & {*betas})}
    if model is None or model.version < (5, 0):
        allowed.add("strict")
    _only(allowed, tool, f"{path}.custom.")
    for name in ("name", "input_schema"):
        if tool.get(name) is None:
            raise refused("field required", path=f"{path}.custom.{name}")


def _check_roles(messages: Sequence[Json], model: ClaudeModel | None) -> None:
    if not messages:
        raise refused("no messages")
    if messages[0].get("role") != "user":
        raise refused("first role")
    takes_system = model is None or model.version >= (4, 8)
    if not takes_system and any(message.get("role") == "system" for message in messages):
        raise refused("role system")


def _check_blocks(path: str, content: object, controls: frozenset[str]) -> None:
    if isinstance(content, str):
        _check_text(content)
    for index, block in enumerate(_list(content)):
        kind = str(block.get("type"))
        if kind not in known.BLOCKS:
            tags = ", ".join(f"'{tag}'" for tag in sorted(known.BLOCKS))
            raise refused("unknown tag", path=f"{path}.{index}", tag=kind, tags=tags)
        _only(known.BLOCKS[kind] | {"type", "cache_control"}, block, f"{path}.{index}.{kind}.")
        for name in known.REQUIRED[kind]:
            if block.get(name) is None:
                raise refused("field required", path=f"{path}.{index}.{kind}.{name}")
        _check_cache_control(f"{path}.{index}", block, controls)
        if kind == "text":
            _check_text(block["text"])
        elif kind == "tool_result":
            _check_blocks(f"{path}.{index}.tool_result.content", block.get("content") or [], controls)


def _check_text(text: str) -> None:
    if not text:
        raise refused("empty text")
    if not text.strip():
        raise refused("whitespace")


def _check_cache_control(path: str, holder: Json, controls: frozenset[str]) -> None:
    control = holder.get("cache_control") or {}
    _only(controls, control, f"{path}.cache_control.ephemeral.")


def _check_pairs(messages: Sequence[Json]) -> None:
    """Check that the next message answers each call, and no other."""
    asked: list[str] = []
    for index, message in enumerate([*messages, {}]):
        blocks = _list(message.get("content"))
        answered = [block["tool_use_id"] for block in blocks if block.get("type") == "tool_result"]
        if missing := [name for name in asked if name not in answered]:
            raise refused("tool_use without result", message=index - 1, ids=", ".join(missing))
        for name in answered:
            if name not in asked:
                block = next(at for at, it in enumerate(blocks) if it.get("tool_use_id") == name)
                raise refused("tool_result without use", message=index, block=block, id=name)
        asked = [block["id"] for block in blocks if block.get("type") == "tool_use"]


def _list(content: object) -> list[dict[str, Any]]:
    return content if isinstance(content, list) else []
