"""Between ConverseStream and Chat Completions, which Ollama, llama.cpp and vLLM speak as OpenAI does.

https://platform.openai.com/docs/api-reference/chat and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .converse import Event
from .operations import ServiceError
from .script import Prompt

#: ``inferenceConfig`` and what it is there.
SETTINGS = {
    "maxTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
}
STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "content_filtered",
}
TOOL_CHOICES = {"auto": "auto", "any": "required"}


def chat_request(prompt: Prompt, model: str) -> dict[str, object]:
    """Return the body of ``POST /chat/completions``.

    :raises ValueError: when something of the request cannot be said there
    """
    request: Mapping[str, Any] = prompt.request
    system = "\n".join(block["text"] for block in request.get("system") or [] if "text" in block)
    messages = [{"role": "system", "content": system}] if system else []
    for message in request["messages"]:
        messages += _messages(message["role"], message["content"])
    config = request.get("inferenceConfig") or {}
    body: dict[str, object] = {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{theirs: config[ours] for ours, theirs in SETTINGS.items() if ours in config},
    }
    if tools := request.get("toolConfig"):
        body["tools"] = [_tool(tool["toolSpec"]) for tool in tools["tools"] if "toolSpec" in tool]
        if choice := tools.get("toolChoice"):
            body["tool_choice"] = _tool_choice(choice)
    return body


class ChatEvents:
    """Says the chunks of a chat completion as the events of ConverseStream, however they come."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._block: object = None
        self._index = -1
        self._pieces = 0
        self._stop_reason: str | None = None
        self._usage: dict[str, Any] = {}

    def feed(self, chunk: Mapping[str, Any]) -> list[Event]:
        """Return the events of a chunk.

        :raises ServiceError: when the chunk is an error
        """
        if error := chunk.get("error"):
            message = error.get("message", error) if isinstance(error, dict) else error
            raise ServiceError("modelStreamErrorException", str(message))
        self._usage = chunk.get("usage") or self._usage
        events: list[Event] = []
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
                events += self._say("reasoning", {"reasoningContent": {"text": reasoning}})
            if text := delta.get("content"):
                events += self._say("text", {"text": text})
            for call in delta.get("tool_calls") or []:
                events += self._call(call)
            if reason := choice.get("finish_reason"):
                self._stop_reason = STOP_REASONS.get(reason, "end_turn")
        return events

    def finish(self, latency_ms: int) -> list[Event]:
        """Return the events at the end.

        :raises ServiceError: when the server has not said that it is the end
        """
        if self._stop_reason is None:
            raise ServiceError("modelStreamErrorException", "the server ended without a finish_reason")
        used = self._usage.get("prompt_tokens", self._prompt.words)
        made = self._usage.get("completion_tokens", self._pieces)
        usage = {"inputTokens": used, "outputTokens": made, "totalTokens": used + made}
        return [
            *self._end_block(),
            ("messageStop", {"stopReason": self._stop_reason}),
            ("metadata", {"usage": usage, "metrics": {"latencyMs": latency_ms}}),
        ]

    def _call(self, call: Mapping[str, Any]) -> list[Event]:
        function, number = call.get("function") or {}, ("tool", call.get("index", 0))
        events: list[Event] = []
        if self._block != number:
            events += self._begin_block(number)
            tool = {"toolUseId": call.get("id") or f"call_{number[1]}", "name": function.get("name", "")}
            start = {"contentBlockIndex": self._index, "start": {"toolUse": tool}}
            events.append(("contentBlockStart", start))
        if arguments := function.get("arguments"):
            events += self._say(number, {"toolUse": {"input": arguments}})
        return events

    def _say(self, block: object, delta: dict[str, object]) -> list[Event]:
        events = [] if block == self._block else self._begin_block(block)
        self._pieces += 1
        return [*events, ("contentBlockDelta", {"contentBlockIndex": self._index, "delta": delta})]

    def _begin_block(self, block: object) -> list[Event]:
        events = self._end_block()
        self._block, self._index = block, self._index + 1
        return events

    def _end_block(self) -> list[Event]:
        ended = self._block is not None
        self._block = None
        return [("contentBlockStop", {"contentBlockIndex": self._index})] if ended else []


def _messages(role: str, blocks: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a message; the results of tools are messages of their own there."""
    parts: list[dict[str, object]] = []
    calls: list[dict[str, object]] = []
    results: list[dict[str, object]] = []
    for block in blocks:
        if "text" in block:
            parts.append({"type": "text", "text": block["text"]})
        elif "image" in block:
            parts.append(_image(block["image"]))
        elif tool := block.get("toolUse"):
            function = {"name": tool["name"], "arguments": json.dumps(tool["input"])}
            calls.append({"id": tool["toolUseId"], "type": "function", "function": function})
        elif result := block.get("toolResult"):
            results.append(
                {"role": "tool", "tool_call_id": result["toolUseId"], "content": _result(result["content"])}
            )
        elif not block.keys() & {"cachePoint", "reasoningContent"}:
            raise ValueError(f"an OpenAI-compatible server gets no block {', '.join(block)}")
    message: dict[str, object] = {"role": role, "content": _content(parts)}
    if calls:
        message["tool_calls"] = calls
    return [*results, message] if parts or calls else results


def _content(parts: list[dict[str, object]]) -> object:
    """Return text as text, which every server takes."""
    if all(part["type"] == "text" for part in parts):
        return "\n".join(str(part["text"]) for part in parts)
    return parts


def _image(image: Mapping[str, Any]) -> dict[str, object]:
    if "bytes" not in image["source"]:
        raise ValueError("an OpenAI-compatible server gets no image from S3")
    url = f"data:image/{image['format']};base64,{image['source']['bytes']}"
    return {"type": "image_url", "image_url": {"url": url}}


def _result(blocks: list[Mapping[str, Any]]) -> str:
    return "\n".join(block["text"] if "text" in block else json.dumps(block.get("json")) for block in blocks)


def _tool(spec: Mapping[str, Any]) -> dict[str, object]:
    function = {
        "name": spec["name"],
        "description": spec.get("description", ""),
        "parameters": spec["inputSchema"]["json"],
    }
    return {"type": "function", "function": function}


def _tool_choice(choice: Mapping[str, Any]) -> object:
    if tool := choice.get("tool"):
        return {"type": "function", "function": {"name": tool["name"]}}
    return TOOL_CHOICES[next(iter(choice))]
