"""Translate the events of ConverseStream to those of Anthropic's Messages.

https://docs.claude.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..message import Message
from ..operations import Event

Json = Mapping[str, Any]
#: ConverseStream's stop reasons that are called otherwise; another keeps its name.
STOP_REASONS = {"content_filtered": "refusal", "guardrail_intervened": "end_turn"}


USAGE = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheWriteInputTokens": "cache_creation_input_tokens",
}


class ClaudeResponse:
    """Translates one response.

    :param model: the name that it gives its model
    :param input_tokens: told at the beginning already
    """

    def __init__(self, model: str, input_tokens: int) -> None:
        self._model = model
        self._input_tokens = input_tokens
        self._message = Message()
        self._begun: set[int] = set()

    @property
    def message(self) -> Message:
        """Message as added so far."""
        return self._message

    def add(self, event: Event) -> list[dict[str, object]]:
        """Return the events of Messages for the next event."""
        name, payload = event
        self._message.add(event)
        match name:
            case "messageStart":
                begun = {"input_tokens": self._input_tokens, "output_tokens": 1}
                return [{"type": "message_start", "message": self._head([], None, begun)}]
            case "contentBlockStart":
                return self._begin(payload["contentBlockIndex"], _tool_block(payload["start"]))
            case "contentBlockDelta":
                return self._delta(payload["contentBlockIndex"], payload["delta"])
            case "contentBlockStop":
                return self._stop(payload["contentBlockIndex"])
            case "metadata":
                delta = {"stop_reason": self.stop_reason, "stop_sequence": self._stop_sequence}
                usage = self._usage()
                return [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
            case "messageStop":
                return []
        # an event that nobody knows keeps its name
        return [{"type": name, **payload}]

    @property
    def stop_reason(self) -> str:
        """The stop reason, as Anthropic spells it."""
        return STOP_REASONS.get(self._message.stop_reason, self._message.stop_reason)

    def whole(self) -> dict[str, object]:
        """Return the whole response."""
        content: list[object] = [_whole_block(block) for block in self._message.content]
        head = self._head(content, self.stop_reason, self._usage())
        return {**head, "stop_sequence": self._stop_sequence}

    @property
    def _stop_sequence(self) -> object:
        return self._message.fields.get("stop_sequence")

    def _usage(self) -> dict[str, object]:
        given = self._message.usage
        return {theirs: given[ours] for ours, theirs in USAGE.items() if ours in given}

    def _head(self, content: list[object], stop_reason: str | None, usage: Json) -> dict[str, object]:
        return {
            "id": "msg_bdrk_standin",
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": usage,
        }

    def _begin(self, index: Any, block: Json) -> list[dict[str, object]]:  # noqa: ANN401 - a number
        self._begun.add(index)
        return [{"type": "content_block_start", "index": index, "content_block": block}]

    def _stop(self, index: Any) -> list[dict[str, object]]:  # noqa: ANN401 - a number
        # a block without a delta has not begun yet
        begun = [] if index in self._begun else self._begin(index, {"type": "text", "text": ""})
        return [*begun, {"type": "content_block_stop", "index": index}]

    def _delta(self, index: Any, delta: Any) -> list[dict[str, object]]:  # noqa: ANN401 - a union
        reasoning = delta.get("reasoningContent")
        if reasoning and "redactedContent" in reasoning:
            return self._begin(index, {"type": "redacted_thinking", "data": reasoning["redactedContent"]})
        if reasoning:
            block: Json = {"type": "thinking", "thinking": "", "signature": ""}
            text = reasoning.get("text")
            said = (
                {"type": "signature_delta", "signature": reasoning["signature"]}
                if text is None
                else {"type": "thinking_delta", "thinking": text}
            )
        elif "toolUse" in delta:
            block, said = {}, {"type": "input_json_delta", "partial_json": delta["toolUse"]["input"]}
        else:
            block, said = {"type": "text", "text": ""}, {"type": "text_delta", "text": delta["text"]}
        begun = [] if index in self._begun else self._begin(index, block)
        return [*begun, {"type": "content_block_delta", "index": index, "delta": said}]


def _tool_block(start: Any) -> Json:  # noqa: ANN401 - a union
    tool = start["toolUse"]
    return {"type": "tool_use", "id": tool["toolUseId"], "name": tool["name"], "input": {}}


def _whole_block(block: Json) -> dict[str, object]:
    if tool := block.get("toolUse"):
        return {"type": "tool_use", "id": tool["toolUseId"], "name": tool["name"], "input": tool["input"]}
    if reasoning := block.get("reasoningContent"):
        if "redactedContent" in reasoning:
            return {"type": "redacted_thinking", "data": reasoning["redactedContent"]}
        thought = reasoning["reasoningText"]
        signature = thought.get("signature", "")
        return {"type": "thinking", "thinking": thought["text"], "signature": signature}
    return {"type": "text", "text": block["text"]}
