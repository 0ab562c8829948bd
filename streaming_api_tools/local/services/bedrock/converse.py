"""Answer prompts with the events of ConverseStream, from which every operation is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Protocol

from .blocks import steps
from .operations import HTTP_EXCEPTIONS, STREAM_EXCEPTIONS, BrokenStreamError, Event, ServiceError
from .prompt import Prompt
from .script import CACHES, Fault, Reply, Script

#: Waited for before each token; gets the index of the token.
Pace = Callable[[int], Awaitable[None]]
#: Latencies are made up, so that a reply is the same each time.
LATENCY_MS_PER_TOKEN = 10
#: A JSON pointer into the response of Anthropic's models.
STOP_SEQUENCE = "/stop_sequence"


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
        tokens = 0
        for step in steps(reply):
            # nothing but the failure comes after its last token
            if fault and tokens >= fault.after:
                break
            if step.token:
                pause = reply.pause(tokens)
                await (self._pace(tokens) if pause is None else self._sleep(pause / 1000))
                tokens += 1
            yield step.event
        if fault:
            await _fail(fault)
        yield "messageStop", {"stopReason": reply.stop_reason, **_fields(prompt, reply)}
        yield "metadata", metadata(prompt.words, tokens, tokens * LATENCY_MS_PER_TOKEN, reply.usage)

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


def metadata(
    input_tokens: int, output_tokens: int, latency_ms: int, more: Mapping[str, int]
) -> dict[str, object]:
    """Return the members of the last event.

    :param more: members of the usage that are decided otherwise
    """
    usage = {
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        # of a request with caches as well: "Prompt caching", Amazon Bedrock User Guide
        "totalTokens": input_tokens + output_tokens + sum(more.get(name, 0) for name in CACHES),
        **more,
    }
    return {"usage": usage, "metrics": {"latencyMs": latency_ms}}


def _fields(prompt: Prompt, reply: Reply) -> dict[str, object]:
    """Return the fields of the model's own response that the request asks for: its stop sequence."""
    paths = prompt.request.get("additionalModelResponseFieldPaths")
    if not isinstance(paths, list) or STOP_SEQUENCE not in paths:
        return {}
    return {"additionalModelResponseFields": {"stop_sequence": reply.stop_sequence}}


async def _fail(fault: Fault) -> None:
    if fault.name in STREAM_EXCEPTIONS:
        raise _asked_for(fault)
    if fault.name == "stall":
        await asyncio.Event().wait()
    raise BrokenStreamError(fault.name)


def _asked_for(fault: Fault) -> ServiceError:
    said = f"{fault.name} was asked for" if fault.message is None else fault.message
    return ServiceError(fault.name, said)
