"""Write the events of a model as Anthropic's events, or as one message."""

from __future__ import annotations

import json

from lambda_streaming import Event

from ...converse.content_blocks import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Citation,
    MessageStop,
    Metadata,
    ReasoningDelta,
    ReasoningStart,
    RedactedDelta,
    RedactedStart,
    SignatureDelta,
    TextDelta,
    ToolDelta,
    ToolStart,
    content_blocks,
)
from ...errors import MALFORMED, UpstreamError
from .citations import anthropic_citation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ...converse.content_blocks import Part
    from ...converse.model_call import ResponseMetadata
    from ...converse.stream import ConverseEvent

#: Bedrock's stop reasons; a reason that is newer than this table is passed on.
STOP_REASONS = {"guardrail_intervened": "refusal", "content_filtered": "refusal"}
# Stop reasons of an answer that ends somewhere.
_CUT = ("max_tokens", "model_context_window_exceeded")
# Kind of a delta -> its type, and the name of its member in a delta and in a block.
_DELTAS: dict[type[BlockDelta], tuple[str, str, str]] = {
    TextDelta: ("text_delta", "text", "text"),
    ReasoningDelta: ("thinking_delta", "thinking", "thinking"),
    SignatureDelta: ("signature_delta", "signature", "signature"),
    ToolDelta: ("input_json_delta", "partial_json", "input"),
}


def message_events(
    events: Iterable[ConverseEvent],
    metadata: ResponseMetadata,
    tool_names: Mapping[str, str] | None = None,
) -> Iterator[Event]:
    """Yield the events of a stream, whose last two wait for the end of Bedrock's."""
    opened = False
    redacted = ""
    delta: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    for part in content_blocks(events, tool_names):
        if not opened:
            opened = True
            yield _event("message_start", message=_message(metadata, [], _usage({})))
        match part:
            case MessageStop(reason, fields):
                delta = _stop(reason, fields)
            case Metadata(used):
                usage = _usage(used)
            case RedactedDelta(text=text):  # comes whole in the event that starts a block
                redacted = text
            case BlockStop(RedactedStart(index)):
                block = {"type": "redacted_thinking", "data": redacted}
                yield _event("content_block_start", index=index, content_block=block)
                yield _event("content_block_stop", index=index)
            case RedactedStart():
                redacted = ""
            case Citation(index, members):
                if citation := anthropic_citation(members):
                    cited = {"type": "citations_delta", "citation": citation}
                    yield _event("content_block_delta", index=index, delta=cited)
            case _:
                yield _block_event(part)
    yield _event("message_delta", delta=delta, usage=usage)
    yield _event("message_stop")


def message(
    events: Iterable[ConverseEvent],
    metadata: ResponseMetadata,
    tool_names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the whole answer as one message."""
    content: list[dict[str, Any]] = []
    stop: dict[str, Any] = {}
    usage = _usage({})
    for part in content_blocks(events, tool_names):
        match part:
            case MessageStop(reason, fields):
                stop = _stop(reason, fields)
            case Metadata(used):
                usage = _usage(used)
            case ToolStart():
                content.append({**_block(part), "input": ""})
            case RedactedStart():
                content.append({"type": "redacted_thinking", "data": ""})
            case BlockStart():
                content.append(_block(part))
            case RedactedDelta(index, text):
                content[index]["data"] += text
            case BlockDelta(index, text):
                content[index][_DELTAS[type(part)][2]] += text
            case Citation(index, members):
                if citation := anthropic_citation(members):
                    content[index].setdefault("citations", []).append(citation)
            case BlockStop(ToolStart(index)):
                content[index]["input"] = _input(content[index]["input"])
    _fill_cut_inputs(content, stop.get("stop_reason"))
    return {**_message(metadata, content, usage), **stop}


def _event(kind: str, **members: object) -> Event:
    # clients read the type from the data and, without the event's name, read nothing
    return Event({"type": kind, **members}, event=kind)


def _block_event(part: Part) -> Event:
    match part:
        case BlockDelta(index, text):
            kind, name, _ = _DELTAS[type(part)]
            return _event("content_block_delta", index=index, delta={"type": kind, name: text})
        case BlockStart(index):
            return _event("content_block_start", index=index, content_block=_block(part))
        case BlockStop(BlockStart(index)):
            return _event("content_block_stop", index=index)
    raise TypeError(f"{type(part).__name__} is no part of a block")


def _message(
    metadata: ResponseMetadata, content: list[dict[str, Any]], usage: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"msg_{metadata.request_id}",
        "type": "message",
        "role": "assistant",
        "model": metadata.model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _block(start: BlockStart) -> dict[str, Any]:
    match start:
        case ToolStart(_, tool_use_id, name):
            return {"type": "tool_use", "id": tool_use_id, "name": name, "input": {}}
        case ReasoningStart():
            return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "text", "text": ""}


def _input(text: str) -> object:
    """Return the input of a tool use; None when the answer was cut within it."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return None


def _fill_cut_inputs(content: list[dict[str, Any]], stop_reason: str | None) -> None:
    """Give tool uses that were cut at the limit of tokens an empty input.

    :raises UpstreamError: when an input is no JSON for any other reason
    """
    for block in content:
        if block["type"] == "tool_use" and block["input"] is None:
            if stop_reason not in _CUT:
                raise UpstreamError(MALFORMED)
            block["input"] = {}


def _stop(reason: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    sequence = fields.get("stop_sequence")
    return {
        "stop_reason": STOP_REASONS.get(reason, reason),
        "stop_sequence": sequence if isinstance(sequence, str) else None,
    }


def _usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    # Converse knows the input's tokens at the end only; clients merge them from there
    return {
        "input_tokens": usage.get("inputTokens", 0),
        "output_tokens": usage.get("outputTokens", 0),
        "cache_read_input_tokens": usage.get("cacheReadInputTokens", 0),
        "cache_creation_input_tokens": usage.get("cacheWriteInputTokens", 0),
    }
