"""``POST /chat``: the prompt, or a request in ConverseStream's own words; typed events, lines or text."""

from __future__ import annotations

from lambda_streaming import Event, Response

from ..converse.content_blocks import (
    BlockDelta,
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
from ..converse.model_call import ModelCall
from ..converse.request import NAMES, to_converse
from ..json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..converse.stream import ConverseEvent
    from ..json_body import JsonObject

CONTENT_TYPES = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "text": "text/plain; charset=utf-8",
}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 for anything that the model should not see
    """
    chosen = request.query("format") or "sse"
    if chosen not in CONTENT_TYPES:
        raise bad_request(f"format must be one of {', '.join(CONTENT_TYPES)}", "invalid_format", "format")
    body = request.body()
    body.only("prompt", "model", *NAMES)
    model = body.text("model")
    members = to_converse(body)
    prompted = body.value.get("prompt") is not None
    if "messages" not in members and (prompted or "promptVariables" not in members):
        members["messages"] = [{"role": "user", "content": [{"text": _prompt(body)}]}]
    elif prompted:
        raise bad_request("prompt and messages exclude each other", "invalid_value", "prompt")
    elif not members.get("messages", True):
        raise bad_request("messages must not be empty", "empty_messages", "messages")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        headers = {"content-type": CONTENT_TYPES[chosen], "x-content-type-options": "nosniff"}
        return Response(headers=headers, body=_WRITERS[chosen](events, metadata))

    return ModelCall(model, members, respond)


def _prompt(body: JsonObject) -> str:
    if "prompt" not in body.value:
        raise bad_request("prompt is missing", "missing_prompt", "prompt")
    prompt = body.value["prompt"]
    if not isinstance(prompt, str):
        raise bad_request("prompt must be a string", "invalid_prompt", "prompt")
    if not prompt.strip():
        raise bad_request("prompt must not be empty", "empty_prompt", "prompt")
    return prompt


def typed(
    events: Iterable[ConverseEvent], metadata: ResponseMetadata
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and data of each event: start, delta, reasoning, tool, usage, done.

    ``done`` waits for the end of the stream: the usage comes after the stop reason, and what still fails must
    not follow it.
    """
    done: dict[str, Any] = {}
    tools: dict[int, str] = {}
    started = False
    for part in content_blocks(events):
        if not started:
            started = True
            yield "start", {"model": metadata.model}
        if type(part) is TextDelta:  # nearly every part
            if part.text:
                yield "delta", {"text": part.text}
            continue
        match part:
            case MessageStop(reason):
                done["stopReason"] = reason
            case Metadata(usage, latency):
                done["usage"] = usage
                yield "usage", {**usage, **({} if latency is None else {"latencyMs": latency})}
            case ToolStart(index, tool_use_id, name):
                tools[index] = tool_use_id
                yield "tool", {"id": tool_use_id, "name": name}
            case ToolDelta(index, text) if text:
                yield "tool", {"id": tools[index], "input": text}
            case BlockDelta(text=text) if text:
                yield "reasoning", {_REASONING[type(part)]: text}
    yield "done", done


# Kind of a delta -> name of its member.
_REASONING: dict[type[BlockDelta], str] = {
    ReasoningDelta: "reasoning",
    SignatureDelta: "signature",
    RedactedDelta: "redacted",
}


def write_sse(events: Iterable[ConverseEvent], metadata: ResponseMetadata) -> Iterator[Event]:
    """Yield server-sent events that have names."""
    for name, data in typed(events, metadata):
        yield Event(data, event=name)


def write_ndjson(events: Iterable[ConverseEvent], metadata: ResponseMetadata) -> Iterator[dict[str, Any]]:
    """Yield the same as objects, whose ``type`` is the name of the event."""
    for name, data in typed(events, metadata):
        yield {"type": name, **data}


def write_text(events: Iterable[ConverseEvent], metadata: ResponseMetadata) -> Iterator[str]:
    """Yield each piece of text as it is.

    Plain text has no place for an error: a stream that fails after its first byte is cut. Programs should
    read server-sent events.
    """
    for name, data in typed(events, metadata):
        if name == "delta":
            yield data["text"]


_WRITERS: dict[str, Callable[[Iterable[ConverseEvent], ResponseMetadata], Iterator[Any]]] = {
    "sse": write_sse,
    "ndjson": write_ndjson,
    "text": write_text,
}
