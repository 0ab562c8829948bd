"""Translate between the native bodies of a model and ConverseStream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from ....json_text import parse_json
from .anthropic.request import converse_request
from .anthropic.response import ClaudeResponse
from .families import (
    ANTHROPIC,
    INPUT,
    MODEL,
    NOVA,
    OUTPUT,
    STOP,
    TEXT,
    TOTAL,
    Family,
    Slot,
    Template,
    family_of,
    fill,
)
from .message import Message
from .operations import Event
from .prompt import Prompt, read_prompt

#: The key of the last chunk in which Bedrock counts, for every family.
METRICS = "amazon-bedrock-invocationMetrics"
_TOP_P = ("top_p", "topP", "p")


class NativeResponse(Protocol):
    """Translates the events of ConverseStream to the bodies of a family."""

    def chunks(self, event: Event) -> list[bytes]:
        """Return the chunks of an event; none where the family has no such chunk."""
        ...

    def whole(self) -> bytes:
        """Return the body of InvokeModel's response."""
        ...


def read_native(model_id: str, body: bytes) -> tuple[Family, Prompt]:
    """Return the family of a model and the prompt of a native request.

    :raises ValueError: when it is not a request for this model
    """
    request = parse_json(body)
    if not isinstance(request, dict):
        raise ValueError("Malformed input request: expected type: JSONObject, please reformat your input")
    family = family_of(model_id, request)
    for key in family.required:
        if key not in request:
            raise ValueError(
                f"Malformed input request: #: required key [{key}] not found, please reformat your input"
            )
    try:
        if family is ANTHROPIC:
            request = converse_request(request)
        elif family is not NOVA:
            request = _conversation(family, request)
        return family, read_prompt(model_id, request)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"Malformed input request: {error!r}, please reformat your input and try again."
        ) from error


def native_response(family: Family, prompt: Prompt) -> NativeResponse:
    """Return what translates the response to a prompt.

    :param prompt: the prompt that is answered
    """
    if family is ANTHROPIC:
        return ClaudeChunks(prompt)
    return NovaChunks() if family is NOVA else TextChunks(family, prompt)


class ClaudeChunks:
    """Translates to Anthropic's Messages, with Bedrock's metrics in the last event."""

    def __init__(self, prompt: Prompt) -> None:
        self._response = ClaudeResponse(prompt.model_id, prompt.words)

    def chunks(self, event: Event) -> list[bytes]:
        """Return the events of Messages, each of which is a chunk."""
        events = self._response.add(event)
        if event[0] == "metadata":
            events[-1] = {**events[-1], METRICS: _metrics(self._response.message)}
        return [json.dumps(each).encode() for each in events]

    def whole(self) -> bytes:
        """Return the message."""
        return json.dumps(self._response.whole()).encode()


class NovaChunks:
    """Gives the events of ConverseStream, which are those of Amazon Nova."""

    def __init__(self) -> None:
        self._message = Message()

    def chunks(self, event: Event) -> list[bytes]:
        """Return the event, with Bedrock's metrics in the last one."""
        name, payload = event
        self._message.add(event)
        if name != "metadata":
            return [json.dumps({name: payload}).encode()]
        usage = {"usage": payload["usage"], "metrics": {}, "trace": {}}
        return [json.dumps({name: usage, METRICS: _metrics(self._message)}).encode()]

    def whole(self) -> bytes:
        """Return the response of Converse without its metrics."""
        body = {name: value for name, value in self._message.as_converse().items() if name != "metrics"}
        return json.dumps(body).encode()


class TextChunks:
    """Fills the templates of a family, which have text only.

    :param prompt: the prompt that is answered
    """

    def __init__(self, family: Family, prompt: Prompt) -> None:
        self._family = family
        self._prompt = prompt
        self._message = Message()

    def chunks(self, event: Event) -> list[bytes]:
        """Return the chunks of an event; none where the family has no such chunk."""
        name, payload = event
        self._message.add(event)
        if name == "messageStart":
            return self._chunks(self._family.opening)
        if name == "contentBlockDelta":
            delta = payload["delta"]
            assert isinstance(delta, dict)
            return self._chunks([self._family.delta], delta["text"]) if "text" in delta else []
        if name == "metadata":
            *chunks, last = self._fill(self._family.closing)
            metrics = _metrics(self._message)
            return [json.dumps(chunk).encode() for chunk in (*chunks, {**last, METRICS: metrics})]
        return []

    def whole(self) -> bytes:
        """Return the body of InvokeModel's response."""
        (body,) = self._chunks([self._family.whole], self._message.text)
        return body

    def _chunks(self, templates: Sequence[Template], text: str = "") -> list[bytes]:
        return [json.dumps(chunk).encode() for chunk in self._fill(templates, text)]

    def _fill(self, templates: Sequence[Template], text: str | None = None) -> list[dict[str, object]]:
        usage, stops = self._message.usage, self._family.stops
        values: dict[Slot, object] = {
            TEXT: self._message.text if text is None else text,
            STOP: stops.get(self._message.stop_reason, stops["end_turn"]),
            INPUT: usage.get("inputTokens", self._prompt.words),
            OUTPUT: usage.get("outputTokens"),
            TOTAL: usage.get("totalTokens"),
            MODEL: self._prompt.model_id,
        }
        return [fill(template, values) for template in templates]  # type: ignore[misc]


_CACHED = {
    "cacheReadInputTokens": "cacheReadInputTokenCount",
    "cacheWriteInputTokens": "cacheWriteInputTokenCount",
}


def _metrics(message: Message) -> dict[str, object]:
    latency, usage = message.metrics["latencyMs"], message.usage
    cached = {theirs: usage[ours] for ours, theirs in _CACHED.items() if ours in usage}
    return {
        "inputTokenCount": usage["inputTokens"],
        "outputTokenCount": usage["outputTokens"],
        "invocationLatency": latency,
        "firstByteLatency": latency,
        **cached,
    }


def _conversation(family: Family, request: Mapping[str, object]) -> dict[str, object]:
    """Return a native request as one of ConverseStream."""
    key = family.required[-1]
    given = request[key]
    if given == "":
        raise ValueError(
            f"Malformed input request: #/{key}: expected minLength: 1, actual: 0, "
            "please reformat your input and try again."
        )
    messages = (
        given if key == "messages" and isinstance(given, list) else [{"role": "user", "content": given}]
    )
    spoken = [message for message in messages if isinstance(message, dict)]
    holder = request
    for name in family.limit[:-1]:
        inner = holder.get(name)
        holder = inner if isinstance(inner, dict) else {}
    top_p = next((holder[name] for name in _TOP_P if name in holder), None)
    config = {
        "maxTokens": holder.get(family.limit[-1]),
        "temperature": holder.get("temperature"),
        "topP": top_p,
    }
    return {
        "messages": [
            {"role": message.get("role", "user"), "content": _blocks(message.get("content"))}
            for message in spoken
            if message.get("role") not in ("system", "developer")
        ],
        "system": [
            *_blocks(request.get("system")),
            *(
                block
                for m in spoken
                if m.get("role") in ("system", "developer")
                for block in _blocks(m.get("content"))
            ),
        ],
        "inferenceConfig": {name: value for name, value in config.items() if value is not None},
    }


def _blocks(content: object) -> list[dict[str, object]]:
    """Return the texts of a message, which may be given as one, as blocks."""
    if isinstance(content, str):
        return [{"text": content}]
    blocks = content if isinstance(content, list) else []
    return [{"text": block["text"]} for block in blocks if isinstance(block, dict) and "text" in block]
