"""Put a whole response together from the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .operations import Event, ServiceError

#: A call that the limit cut has no input that could be parsed.
CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})


@dataclass
class Message:
    """A whole response, put together from its events."""

    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    stop_reason: str = "end_turn"
    usage: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, object] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    inputs: dict[int, str] = field(default_factory=dict)
    reasoning_tokens: int = 0

    @property
    def text(self) -> str:
        """The text of all its blocks."""
        return "".join(str(block["text"]) for block in self.blocks.values() if "text" in block)

    @property
    def content(self) -> list[dict[str, Any]]:
        """Its blocks, in their order."""
        return [self.blocks[index] for index in sorted(self.blocks)]

    def add(self, event: Event) -> None:
        """Add the next event; one that nobody knows is no part of the response."""
        name, payload = event
        if name == "contentBlockStart":
            tool = _members(payload["start"])["toolUse"]
            self.blocks[_index(payload)] = {"toolUse": {**tool, "input": {}}}
            self.inputs[_index(payload)] = ""
        elif name == "contentBlockDelta":
            self._add_delta(_index(payload), _members(payload["delta"]))
        elif name == "messageStop":
            self.stop_reason = str(payload["stopReason"])
            self.fields = _members(payload.get("additionalModelResponseFields", {}))
            self._parse_inputs()
        elif name == "metadata":
            self.usage, self.metrics = _members(payload["usage"]), _members(payload["metrics"])

    def as_converse(self) -> dict[str, object]:
        """Return the response of Converse.

        https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
        """
        return {
            "output": {"message": {"role": "assistant", "content": self.content}},
            "stopReason": self.stop_reason,
            "usage": self.usage,
            "metrics": self.metrics,
            **({"additionalModelResponseFields": self.fields} if self.fields else {}),
        }

    def _add_delta(self, index: int, delta: Mapping[str, Any]) -> None:
        if "toolUse" in delta:
            self.inputs[index] += delta["toolUse"]["input"]
            return
        reasoning = delta.get("reasoningContent")
        if reasoning is None:
            block = self.blocks.setdefault(index, {"text": ""})
            block["text"] = f"{block.get('text', '')}{delta['text']}"
        elif "redactedContent" in reasoning:
            self.blocks[index] = {"reasoningContent": {"redactedContent": reasoning["redactedContent"]}}
        else:
            block = self.blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
            thought = block["reasoningContent"]["reasoningText"]
            thought["text"] += reasoning.get("text", "")
            self.reasoning_tokens += "text" in reasoning
            if "signature" in reasoning:
                thought["signature"] = reasoning["signature"]

    def _parse_inputs(self) -> None:
        for index, text in self.inputs.items():
            try:
                self.blocks[index]["toolUse"]["input"] = json.loads(text or "{}")
            except ValueError as error:
                if self.stop_reason not in CUT_SHORT:
                    raise ServiceError("ModelErrorException", f"input of a tool: {error}") from error


def _index(payload: Mapping[str, object]) -> int:
    index = payload["contentBlockIndex"]
    assert isinstance(index, int)
    return index


def _members(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
