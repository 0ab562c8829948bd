"""Answer prompts with the events of ConverseStream, from which every operation is made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .operations import HTTP_EXCEPTIONS, STREAM_EXCEPTIONS, BrokenStreamError, ServiceError
from .script import Fault, Prompt, Reply, Script

EventName = Literal[
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"
]
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
Event = tuple[EventName, dict[str, object]]
#: Waited for before each token; gets the index of the token.
Pace = Callable[[int], Awaitable[None]]
#: Latencies are made up, so that a reply is the same each time.
LATENCY_MS_PER_TOKEN = 10


class LanguageModel(Protocol):
    """A model that answers prompts."""

    def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield the events of the response.

        :raises ServiceError: before the first event instead of a response, later within it
        :raises BrokenStreamError: when the response is to break off
        """
        ...

    async def count(self, prompt: Prompt) -> int:
        """Return the number of input tokens.

        :raises ServiceError: when the script fails
        """
        ...

    async def close(self) -> None:
        """Close connections that are open."""


class ScriptedModel:
    """Answers as a script decides.

    :param pace: waited for before a token where the reply has no pauses of its own
    :param sleep: waits for the pauses of a reply, in seconds
    """

    def __init__(
        self, pace: Pace, script: Script, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._pace = pace
        self._script = script
        self._sleep = sleep

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield the events of the reply."""
        reply = self._decide(prompt)
        fault = reply.fault
        if fault and fault.name in HTTP_EXCEPTIONS:
            raise _asked_for(fault)
        yield "messageStart", {"role": "assistant"}
        for index, token in enumerate(reply.tokens):
            if fault and fault.after == index:
                break
            pause = reply.pause(index)
            await (self._pace(index) if pause is None else self._sleep(pause / 1000))
            yield text_delta(token)
        if fault:
            await _fail(fault)
        tokens = len(reply.tokens)
        for event in closing(reply.stop_reason, prompt.words, tokens, tokens * LATENCY_MS_PER_TOKEN):
            yield event

    async def count(self, prompt: Prompt) -> int:
        """Count the words."""
        if fault := self._decide(prompt).fault:
            raise _asked_for(fault)
        return prompt.words

    def _decide(self, prompt: Prompt) -> Reply:
        try:
            return self._script(prompt)
        except ValueError as error:
            raise ServiceError("ValidationException", str(error)) from error
        except Exception as error:
            # somebody's own script: the function is to hear of it, and no connection to hang
            raise ServiceError("InternalServerException", f"the script raised {error!r}") from error

    async def close(self) -> None:
        """Do nothing, since there are no connections."""


def text_delta(text: str) -> Event:
    """Return the event of one piece of text."""
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}


def closing(stop_reason: str, input_tokens: int, output_tokens: int, latency_ms: int) -> list[Event]:
    """Return the events after the last piece of the only block."""
    usage = {
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        "totalTokens": input_tokens + output_tokens,
    }
    return [
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": stop_reason}),
        ("metadata", {"usage": usage, "metrics": {"latencyMs": latency_ms}}),
    ]


async def _fail(fault: Fault) -> None:
    if fault.name in STREAM_EXCEPTIONS:
        raise _asked_for(fault)
    if fault.name == "stall":
        await asyncio.Event().wait()
    raise BrokenStreamError(fault.name)


def _asked_for(fault: Fault) -> ServiceError:
    return ServiceError(fault.name, f"{fault.name} was asked for")


@dataclass
class Message:
    """A whole response, put together from its events."""

    content: list[dict[str, object]] = field(default_factory=list)
    stop_reason: str = "end_turn"
    usage: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, object] = field(default_factory=dict)
    _tool_input: str = ""

    @property
    def text(self) -> str:
        """The text of all its blocks."""
        return "".join(str(block["text"]) for block in self.content if "text" in block)

    def add(self, event: Event) -> None:
        """Add the next event."""
        name, payload = event
        if name == "contentBlockStart":
            start = payload["start"]
            assert isinstance(start, dict)
            self.content.append({"toolUse": {**start["toolUse"], "input": {}}})
        elif name == "contentBlockDelta":
            self._add_delta(payload["delta"])  # type: ignore[arg-type]
        elif name == "contentBlockStop" and self._tool_input:
            tool = self.content[-1]["toolUse"]
            assert isinstance(tool, dict)
            try:
                tool["input"] = json.loads(self._tool_input)
            except ValueError as error:
                raise ServiceError("ModelErrorException", f"input of a tool: {error}") from error
            self._tool_input = ""
        elif name == "messageStop":
            self.stop_reason = str(payload["stopReason"])
        elif name == "metadata":
            self.usage, self.metrics = payload["usage"], payload["metrics"]  # type: ignore[assignment]

    def as_converse(self) -> dict[str, object]:
        """Return the response of Converse.

        https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
        """
        return {
            "output": {"message": {"role": "assistant", "content": self.content}},
            "stopReason": self.stop_reason,
            "usage": self.usage,
            "metrics": self.metrics,
        }

    def _add_delta(self, delta: dict[str, dict[str, str]]) -> None:
        if "toolUse" in delta:
            self._tool_input += delta["toolUse"]["input"]
            return
        if "reasoningContent" in delta:
            text = delta["reasoningContent"]["text"]
            reasoning = self._last("reasoningContent", {"reasoningText": {"text": ""}})
            reasoning["reasoningContent"]["reasoningText"]["text"] += text  # type: ignore[index]
            return
        block = self._last("text", "")
        block["text"] = f"{block['text']}{delta['text']}"

    def _last(self, kind: str, empty: object) -> dict[str, object]:
        """Return the last block if it is of a kind, else a new one."""
        if not self.content or kind not in self.content[-1]:
            self.content.append({kind: empty})
        return self.content[-1]
