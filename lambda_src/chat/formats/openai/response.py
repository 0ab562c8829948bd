"""Write the events of a model as OpenAI's chunks, or as one completion."""

from __future__ import annotations

from ...converse.content_blocks import (
    BlockStop,
    MessageStop,
    Metadata,
    ReasoningDelta,
    RedactedDelta,
    SignatureDelta,
    TextDelta,
    ToolDelta,
    ToolStart,
    content_blocks,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ...converse.content_blocks import Part
    from ...converse.model_call import ResponseMetadata
    from ...converse.stream import ConverseEvent

#: Bedrock's stop reasons; a reason that is newer than this table is a "stop".
FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
DONE = "[DONE]"
_OPENING = {"role": "assistant", "content": ""}


def chunks(
    events: Iterable[ConverseEvent],
    metadata: ResponseMetadata,
    include_usage: bool,
    tool_names: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any] | str]:
    """Yield ``chat.completion.chunk`` objects and, after a stream that is whole, ``[DONE]``."""
    head = _head("chat.completion.chunk", metadata)
    deltas = _Deltas()
    opened = False
    for part in content_blocks(events, tool_names):
        delta = deltas.read(part)
        if not opened and (delta or deltas.finish):
            opened = True
            yield {**head, "choices": [_choice(_OPENING)]}
        if delta:
            yield {**head, "choices": [_choice(delta)]}
    # after the last event: what still fails must not look finished
    yield {**head, "choices": [_choice({}, deltas.finish)]}
    if include_usage:
        yield {**head, "choices": [], "usage": deltas.usage}
    yield DONE


def completion(
    events: Iterable[ConverseEvent],
    metadata: ResponseMetadata,
    tool_names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the whole answer as one ``chat.completion``."""
    deltas = _Deltas()
    texts: dict[str, str] = {}
    calls: list[dict[str, Any]] = []
    thinking: list[dict[str, Any]] = []
    for part in content_blocks(events, tool_names):
        delta = deltas.read(part)
        for call in delta.pop("tool_calls", ()):
            if (number := call.pop("index")) == len(calls):
                calls.append(call)
            else:
                calls[number]["function"]["arguments"] += call["function"]["arguments"]
        for block in delta.pop("thinking_blocks", ()):
            if (number := block.pop("index")) == len(thinking):
                thinking.append({"type": block.pop("type")})
            for name in block.keys() - {"type"}:
                thinking[number][name] = thinking[number].get(name, "") + block[name]
        for name, text in delta.items():
            texts[name] = texts.get(name, "") + text
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, **texts}
    if thinking:
        message["thinking_blocks"] = thinking
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": deltas.finish, "logprobs": None}
    return {**_head("chat.completion", metadata), "choices": [choice], "usage": deltas.usage}


class _Deltas:
    """Converts the parts of a stream to OpenAI's deltas, and keeps what comes at the end.

    ``finish`` is the finish reason, ``usage`` OpenAI's usage.
    """

    def __init__(self) -> None:
        self.finish: str | None = None
        self.usage = _usage({})
        self._calls: dict[int, int] = {}  # index of the block -> index of the call
        self._reasoning: dict[int, int] = {}  # the same for the blocks of reasoning
        self._without_input: set[int] = set()

    def read(self, part: Part) -> dict[str, Any]:
        """Return the delta of a part; an empty one for a part that has none."""
        match part:
            case TextDelta(text=text):
                return {"content": text}
            case ReasoningDelta(index, text):
                return {"reasoning_content": text, **self._thinking(index, thinking=text, signature="")}
            case SignatureDelta(index, text):
                return self._thinking(index, thinking="", signature=text)
            case RedactedDelta(index, text):
                return self._thinking(index, "redacted_thinking", data=text)
            case ToolStart(index, tool_use_id, name):
                self._calls[index] = len(self._calls)
                self._without_input.add(index)
                function = {"name": name, "arguments": ""}
                return self._call(index, id=tool_use_id, type="function", function=function)
            case ToolDelta(index, text):
                if text:
                    self._without_input.discard(index)
                return self._call(index, function={"arguments": text})
            case BlockStop(ToolStart(index)) if index in self._without_input:
                # a tool without parameters has no input in Bedrock, and an empty object in OpenAI's API
                return self._call(index, function={"arguments": "{}"})
            case MessageStop(reason):
                self.finish = FINISH_REASONS.get(reason, "stop")
            case Metadata(usage):
                self.usage = _usage(usage)
        return {}

    def _thinking(self, index: int, kind: str = "thinking", **members: str) -> dict[str, Any]:
        """Return a piece of a block as LiteLLM's clients know it, which they send back with its signature.

        Like calls of tools the blocks have an index, by which OpenAI's own clients put the pieces together.
        """
        number = self._reasoning.setdefault(index, len(self._reasoning))
        return {"thinking_blocks": [{"index": number, "type": kind, **members}]}

    def _call(self, index: int, **members: object) -> dict[str, Any]:
        return {"tool_calls": [{"index": self._calls[index], **members}]}


def _head(kind: str, metadata: ResponseMetadata) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{metadata.request_id}",
        "object": kind,
        "created": metadata.created,
        "model": metadata.model,
    }


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _usage(usage: Mapping[str, int]) -> dict[str, Any]:
    # Bedrock counts what the cache has apart from inputTokens, OpenAI as a part of the prompt
    cached = usage.get("cacheReadInputTokens", 0)
    prompt = usage.get("inputTokens", 0) + cached + usage.get("cacheWriteInputTokens", 0)
    completed = usage.get("outputTokens", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completed,
        "total_tokens": prompt + completed,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
