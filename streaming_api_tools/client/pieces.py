"""Read the text out of the events of the chat function, in each format that it sends as server-sent events.

``chat`` asks in the native format. A stream that it follows may have been begun by any client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .envelopes import message_of
from .sse import Event

#: What ends the streams of OpenAI's Chat Completions and of the AI SDK.
DONE = "[DONE]"
CANCELLED = "the stream was cancelled"


@dataclass(frozen=True)
class Piece:
    """The part of an answer that one event brings.

    :param text: to show. Default: nothing
    :param done: whether it is the terminal event. Default: it is not
    :param error: why the answer ended. Default: - it did not
    :param tokens: output tokens as the model counted them. Default: - not told here
    """

    text: str = ""
    done: bool = False
    error: str = ""
    tokens: int | None = None


def piece_of(event: Event) -> Piece:
    """Return what an event brings.

    >>> piece_of(Event('{"choices": [{"delta": {"content": "Hi"}}]}')).text
    'Hi'

    :raises ValueError: when it is not JSON
    """
    if event.data == DONE:
        return Piece(done=True)
    if event.type == "error":
        return Piece(error=message_of(event.data))
    try:
        fields = json.loads(event.data)
        kind = fields.get("type") or event.type
        if kind in BY_TYPE:
            piece = BY_TYPE[kind](fields)
        elif "choices" in fields or "error" in fields:
            piece = _openai(fields, event)
        else:
            piece = Piece(str(fields.get("text", "")))
        return replace(piece, text=str(piece.text))
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError):
        raise ValueError(f"an event is not JSON: {event.data[:80]!r}") from None


def _openai(fields: Mapping[str, Any], event: Event) -> Piece:
    if "error" in fields:
        return Piece(error=message_of(event.data))
    deltas = [choice.get("delta") or {} for choice in fields["choices"]]
    usage = fields.get("usage") or {}
    return Piece(
        "".join(delta.get("content") or "" for delta in deltas), tokens=usage.get("completion_tokens")
    )


def _failed(fields: Mapping[str, Any]) -> Piece:
    error = (fields.get("response") or {}).get("error") or fields
    return Piece(error=message_of(json.dumps(error)))


#: ``type`` of an event, or its name -> what it brings.
BY_TYPE: Mapping[str, Callable[[Mapping[str, Any]], Piece]] = {
    # the function's own
    "done": lambda fields: Piece(done=True, tokens=fields.get("usage", {}).get("outputTokens")),
    # https://platform.claude.com/docs/en/build-with-claude/streaming
    "content_block_delta": lambda fields: Piece(fields["delta"].get("text") or ""),
    "message_delta": lambda fields: Piece(tokens=fields.get("usage", {}).get("output_tokens")),
    "message_stop": lambda fields: Piece(done=True),
    # https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol; its [DONE] ends it
    "text-delta": lambda fields: Piece(fields["delta"]),
    "finish": lambda fields: Piece(
        tokens=((fields.get("messageMetadata") or {}).get("usage") or {}).get("outputTokens")
    ),
    "error": lambda fields: Piece(error=str(fields.get("errorText") or message_of(json.dumps(fields)))),
    "abort": lambda fields: Piece(error=CANCELLED),
    # https://platform.openai.com/docs/api-reference/responses-streaming
    "response.output_text.delta": lambda fields: Piece(fields["delta"]),
    "response.completed": lambda fields: Piece(done=True, tokens=_output_tokens(fields)),
    "response.incomplete": lambda fields: Piece(done=True, tokens=_output_tokens(fields)),
    "response.failed": _failed,
}


def _output_tokens(fields: Mapping[str, Any]) -> int | None:
    usage = (fields.get("response") or {}).get("usage") or {}
    tokens: int | None = usage.get("output_tokens")
    return tokens
