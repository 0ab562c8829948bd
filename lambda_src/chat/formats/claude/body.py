"""Make the body of InvokeModelWithResponseStream of a request of Anthropic's Messages API.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
"""

from __future__ import annotations

from hashlib import sha256

from ...converse.request import positive
from ...converse.tools import ToolNames
from ...json_body import bad_request
from ...limits.caller_fields import KNOWN_BETAS
from ...limits.families import claude_version, takes_no_sampling, takes_one_sampling
from .content import NativeContent
from .filtering import cache_control, kept
from .members import (
    ALIASES,
    BODY,
    FORMAT_THROUGH_CONVERSE,
    INVOKE_BODY,
    OUTPUT_CONFIG,
    THINKING,
    TOOL_CHOICE,
    ClaudeTarget,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...limits.caller_fields import CallerFields
    from .members import BodyKind

VERSION = "bedrock-2023-05-31"
# Blocks that are taken beside tools only; Anthropic's API: "Requests which include `tool_use` or
# `tool_result` blocks must define tools".
_OF_TOOLS = ("tool_use", "tool_result")
# What these say by default is what happens anyway.
_SAMPLING: dict[str, object] = {"temperature": 1, "top_p": 1, "top_k": None}


class NativeBody:
    """A body in Anthropic's words, as far as the model and the caller decide it.

    :param body: the request
    :param model_id: of the model that is asked
    :param betas: what the header ``anthropic-beta`` has
    :param allowed: what a caller may send
    :param kind: what takes it. Default: InvokeModel
    :param names: of the tools. Default: - those that Bedrock takes
    :raises HTTPError: 400 that names what cannot be sent

    ``members`` is the body, ``tool_names`` has the caller's names of the tools that have others in it.
    """

    def __init__(
        self,
        body: JsonObject,
        model_id: str,
        betas: str | None,
        allowed: CallerFields,
        kind: BodyKind = INVOKE_BODY,
        names: ToolNames | None = None,
    ) -> None:
        in_effect = _betas(body, betas, allowed, kind.betas)
        self._target = target = ClaudeTarget(claude_version(model_id), frozenset(in_effect), kind)
        names = names or ToolNames()
        content = NativeContent(target, names)
        members = kept(body, BODY, target)
        for name in ("anthropic_beta", "model", "output_format", "stream", "system"):
            members.pop(name, None)
        members["anthropic_version"] = VERSION
        members["max_tokens"] = positive(body, "max_tokens")
        if members["max_tokens"] is None:
            raise bad_request("max_tokens is missing", "missing_field", "max_tokens")
        if in_effect:
            members["anthropic_beta"] = in_effect
        members |= content.conversation(body)
        members |= cache_control(body, target)
        self._add_tools(body, members, content, names)
        self._add_settings(body, members)
        _fit_sampling(body, members, model_id)
        self.members: dict[str, Any] = {
            name: value for name, value in members.items() if value not in ({}, [], None)
        }
        self.tool_names = names.originals

    def _add_tools(
        self, body: JsonObject, members: dict[str, Any], content: NativeContent, names: ToolNames
    ) -> None:
        members["tools"] = content.tools(body)
        choice = body.member("tool_choice")
        # a choice without tools asks for nothing, and is refused
        chosen = kept(choice, TOOL_CHOICE, self._target, "tool_choice.") if choice else {}
        if choice and choice.has("name"):
            chosen["name"] = names.alias(choice.required("name"))
        members["tool_choice"] = chosen if members["tools"] else {}

    def _add_settings(self, body: JsonObject, members: dict[str, Any]) -> None:
        stops = body.strings("stop_sequences")
        members["stop_sequences"] = [each for each in stops if each.strip()]
        if len(members["stop_sequences"]) < len(stops):
            body.drop("stop_sequences")
        if thinking := body.member("thinking"):
            members["thinking"] = kept(thinking, THINKING, self._target, "thinking.")
        output = body.member("output_config")
        members["output_config"] = (
            kept(output, OUTPUT_CONFIG, self._target, "output_config.") if output else {}
        )
        if form := body.member("output_format"):
            if self._target.takes(OUTPUT_CONFIG["format"]):
                members["output_config"].setdefault("format", form.value)
            else:
                body.drop("output_format")
        metadata = body.member("metadata")
        members["metadata"] = _metadata(metadata) if metadata else {}
        management = body.member("context_management")
        edits = self._edits(management) if management else []
        members["context_management"] = {"edits": edits} if edits else {}
        if edits and members.pop("compaction", None) is not None:
            body.drop("compaction")

    def _edits(self, management: JsonObject) -> list[dict[str, Any]]:
        management.only("edits")
        edits: list[dict[str, Any]] = []
        for edit in management.objects("edits"):
            if self._target.kind.edits.get(edit.required("type")) in self._target.betas:
                edits.append(edit.value)
            else:
                management.drop("context_management.edits")
        return edits


def wants_format(body: JsonObject) -> bool:
    """Return whether a request asks for a form of the answer."""
    config = body.member("output_config")
    return body.has("output_format") or (config is not None and config.has("format"))


def must_convert(body: JsonObject, model_id: str) -> bool:
    """Return whether InvokeModel would refuse what ConverseStream can be asked for in other words.

    That is a form of the answer for later models, and a history with tools that the request does not have.
    """
    if wants_format(body) and ClaudeTarget(claude_version(model_id)).version >= FORMAT_THROUGH_CONVERSE:
        return True
    return not body.sequence("tools") and any(map(_has_tools, body.objects("messages")))


def _has_tools(message: JsonObject) -> bool:
    content = message.value.get("content")
    blocks = content if isinstance(content, list) else []
    return any(isinstance(block, dict) and block.get("type") in _OF_TOOLS for block in blocks)


def _betas(body: JsonObject, header: str | None, allowed: CallerFields, known: frozenset[str]) -> list[str]:
    """Return the betas of a request that Bedrock takes and the deployment allows; the others are dropped."""
    asked = [each.strip() for each in (header or "").split(",")] + body.strings("anthropic_beta")
    in_effect: dict[str, None] = {}
    for beta in dict.fromkeys(filter(None, asked)):
        wanted = ALIASES.get(beta, (beta,))
        taken = [each for each in wanted if each in known and allowed.allows_beta(each)]
        in_effect |= dict.fromkeys(taken)
        if len(taken) == len(wanted):
            continue
        if beta in KNOWN_BETAS:
            body.drop(f"anthropic-beta: {beta}")
        else:
            body.drop_unknown(f"anthropic-beta: {beta}")
    return list(in_effect)


def _fit_sampling(body: JsonObject, members: dict[str, Any], model_id: str) -> None:
    given = {"temperature": body.number("temperature"), "top_p": body.number("top_p")}
    given["top_k"] = body.integer("top_k")
    for name, default in _SAMPLING.items():
        if given[name] is not None and takes_no_sampling(model_id):
            del members[name]
            if given[name] != default:
                body.drop(name)
    if "temperature" in members and "top_p" in members and takes_one_sampling(model_id):
        del members["top_p"]
        body.drop("top_p")


def _metadata(metadata: JsonObject) -> dict[str, Any]:
    metadata.only("user_id")
    user = metadata.text("user_id")
    # Bedrock refuses many, Claude Code's among them, and needs none of them in clear
    return {"user_id": sha256(user.encode("utf-8", "replace")).hexdigest()} if user else {}
