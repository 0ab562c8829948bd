"""What the Bedrock stand-in says: a deterministic reply, and every way in which the real service fails.

A prompt asks for a failure with its name in double square brackets, and may say after how many tokens:
``[[ThrottlingException]]`` before the stream, ``[[modelStreamErrorException@2]]`` or ``[[cut@2]]`` within it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: Exceptions before the stream begins, with their HTTP status.
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_Errors
HTTP_EXCEPTIONS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
#: Exceptions in the stream, from the union ConverseStreamOutput of the same page.
STREAM_EXCEPTIONS = frozenset(
    {
        "internalServerException",
        "modelStreamErrorException",
        "serviceUnavailableException",
        "throttlingException",
        "validationException",
    }
)
#: The connection breaks, ends without messageStop, says no more; or a checksum is wrong.
BREAKS = frozenset({"cut", "silent-end", "stall", "bad-crc"})
DIRECTIVE = re.compile(r"\[\[(?P<name>[A-Za-z-]+)(?:@(?P<after>\d+))?\]\]")
TOKEN = re.compile(r"\S+\s*")

REPLY = (
    "This answer comes from the local stand-in for Amazon Bedrock, not from a model. You asked: {prompt} "
    "It arrives word by word, so that you see each token at the moment it is sent, as you would with a model."
)


@dataclass(frozen=True)
class Fault:
    """One failure; ``after`` is the number of tokens before it."""

    name: str
    after: int = 0


@dataclass(frozen=True)
class Reply:
    """What one request is answered with.

    :param tokens: the texts of the deltas
    :param fault: how it fails. Default: - it does not
    """

    tokens: tuple[str, ...]
    stop_reason: str = "end_turn"
    fault: Fault | None = None


@dataclass(frozen=True)
class Prompt:
    """The part of a ConverseStream request that decides the reply."""

    model_id: str
    text: str
    words: int
    max_tokens: int | None


#: Decides the reply to a prompt.
Script = Callable[[Prompt], Reply]
EventName = Literal["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]


def default_script(prompt: Prompt) -> Reply:
    """Return a reply that repeats the prompt, or the failure that the prompt asks for."""
    found = DIRECTIVE.search(prompt.text)
    fault = Fault(found["name"], int(found["after"] or 0)) if found else None
    if fault and fault.name not in {*HTTP_EXCEPTIONS, *STREAM_EXCEPTIONS, *BREAKS}:
        fault = Fault("ValidationException")
    tokens = tuple(TOKEN.findall(REPLY.format(prompt=prompt.text)))
    if prompt.max_tokens is not None and prompt.max_tokens < len(tokens):
        return Reply(tokens[: prompt.max_tokens], "max_tokens", fault)
    return Reply(tokens, "end_turn", fault)


def read_prompt(model_id: str, request: object) -> Prompt:
    """Return what a request asks.

    :raises ValueError: when the request is not one for ConverseStream
    """
    if not isinstance(request, dict):
        raise ValueError("the body must be an object")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages must be a list with at least one message")
    texts = [
        block["text"]
        for message in messages
        for block in (message.get("content") or [] if isinstance(message, dict) else [])
        if isinstance(block, dict) and isinstance(block.get("text"), str)
    ]
    if not any(text.strip() for text in texts):
        raise ValueError("the text field in the ContentBlock object is blank")
    config = request.get("inferenceConfig")
    limit = config.get("maxTokens") if isinstance(config, dict) else None
    words = sum(len(text.split()) for text in texts)
    return Prompt(model_id, texts[-1], words, limit if isinstance(limit, int) else None)


def opening() -> list[tuple[EventName, dict[str, object]]]:
    """Return the events before the first token."""
    return [("messageStart", {"role": "assistant"})]


def delta(text: str) -> tuple[EventName, dict[str, object]]:
    """Return the event of one token."""
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}


def closing(prompt: Prompt, reply: Reply, latency_ms: int) -> list[tuple[EventName, dict[str, object]]]:
    """Return the events after the last token."""
    tokens = len(reply.tokens)
    usage = {"inputTokens": prompt.words, "outputTokens": tokens, "totalTokens": prompt.words + tokens}
    return [
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": reply.stop_reason}),
        ("metadata", {"usage": usage, "metrics": {"latencyMs": latency_ms}}),
    ]
