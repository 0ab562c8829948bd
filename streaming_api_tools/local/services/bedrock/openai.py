"""Answer from a model on an OpenAI-compatible server, such as Ollama, llama.cpp or vLLM.

https://platform.openai.com/docs/api-reference/chat and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp

from ....client.sse import EventDecoder, EventTooLarge
from .operations import Event, ServiceError
from .prompt import Prompt

#: The exceptions of Bedrock for the statuses of the server; any other is a ModelErrorException.
EXCEPTIONS = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    422: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}
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


class OpenAiModel:
    """Asks a server for every response, and passes it on as it comes.

    :param url: the base URL of the API, such as ``http://127.0.0.1:11434/v1`` for Ollama
    :param model: which of the server's models. Default: - the first that it lists
    """

    def __init__(self, url: str, model: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield the events of the response, the first as soon as the server has accepted the request."""
        began = time.monotonic()
        decoder, events = EventDecoder(), ChatEvents(prompt)
        try:
            body = _request(prompt, self._model or await self._first_model())
            async with self._client().post(f"{self._url}/chat/completions", json=body) as answer:
                if answer.status != 200:
                    raise await _refusal(answer)
                yield "messageStart", {"role": "assistant"}
                try:
                    async for data in answer.content.iter_any():
                        for message in decoder.feed(data):
                            if message.data != "[DONE]":
                                for event in events.feed(json.loads(message.data)):
                                    yield event
                except (aiohttp.ClientError, EventTooLarge, ValueError) as error:
                    raise ServiceError("modelStreamErrorException", f"{self._url}: {error}") from error
        except aiohttp.ClientError as error:
            # aiohttp tells its setting of TLS, also for http
            reason = str(error).replace(" ssl:default", "")
            raise ServiceError("ServiceUnavailableException", f"{self._url}: {reason}") from error
        for event in events.finish(int((time.monotonic() - began) * 1000)):
            yield event

    async def count(self, prompt: Prompt) -> int:
        """Count the words, since these servers have no operation for it."""
        return prompt.words

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # a model that is loaded first may take its time
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        return self._session

    async def _first_model(self) -> str:
        async with self._client().get(f"{self._url}/models") as answer:
            if answer.status != 200:
                raise await _refusal(answer)
            listed = (await answer.json(content_type=None)).get("data")
        if not listed:
            raise ServiceError("ResourceNotFoundException", f"{self._url} has no models")
        self._model = str(listed[0]["id"])
        return self._model


def _request(prompt: Prompt, model: str) -> dict[str, object]:
    try:
        return chat_request(prompt, model)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no request for ConverseStream: {error!r}") from error


async def _refusal(answer: aiohttp.ClientResponse) -> ServiceError:
    text = (await answer.text(errors="replace"))[:2000]
    name = EXCEPTIONS.get(answer.status, "ModelErrorException")
    return ServiceError(name, f"{answer.url} answered {answer.status}: {text}")


def chat_request(prompt: Prompt, model: str) -> dict[str, object]:
    """Return the body of ``POST /chat/completions``.

    :raises ValueError: when Chat Completions has no form for something of the request
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
    """Translates the chunks of a chat completion to the events of ConverseStream."""

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
                events += self._delta("reasoning", {"reasoningContent": {"text": reasoning}})
            if text := delta.get("content"):
                events += self._delta("text", {"text": text})
            for call in delta.get("tool_calls") or []:
                events += self._call(call)
            if reason := choice.get("finish_reason"):
                self._stop_reason = STOP_REASONS.get(reason, "end_turn")
        return events

    def finish(self, latency_ms: int) -> list[Event]:
        """Return the events at the end.

        :raises ServiceError: when the server has sent no finish_reason
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
            events += self._delta(number, {"toolUse": {"input": arguments}})
        return events

    def _delta(self, block: object, delta: dict[str, object]) -> list[Event]:
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
