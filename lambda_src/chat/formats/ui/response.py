"""Write the events of a model as the parts of a UI message."""

from __future__ import annotations

import json

from lambda_streaming import StreamCancelled

from ...converse.content_blocks import (
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
    TextStart,
    ToolDelta,
    ToolStart,
    content_blocks,
)
from ...errors import MALFORMED, UpstreamError, client_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ...converse.content_blocks import Part
    from ...converse.model_call import ResponseMetadata
    from ...converse.stream import ConverseEvent

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "guardrail_intervened": "content-filter",
    "content_filtered": "content-filter",
}
HEADERS = {"content-type": "text/event-stream", "x-vercel-ai-ui-message-stream": "v1"}
DONE = "[DONE]"


def message_parts(
    events: Iterable[ConverseEvent],
    about: ResponseMetadata,
    tool_names: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the parts of a message, ``finish`` after the last event of a stream that is whole."""
    opened = False
    finish: dict[str, Any] = {"type": "finish"}
    tools, texts = _ToolInputs(), _Texts()
    for part in content_blocks(events, tool_names):
        if not opened:
            opened = True
            yield {"type": "start", "messageId": f"msg_{about.request_id}"}
            yield {"type": "start-step"}
        match part:
            case MessageStop(reason):
                finish["finishReason"] = FINISH_REASONS.get(reason, "other")
                tools.check(finish["finishReason"])
            case Metadata(usage):
                finish["messageMetadata"] = {"usage": usage, "model": about.model}
            case ToolStart() | ToolDelta() | BlockStop(ToolStart()):
                yield from tools.parts(part)
            case _:
                yield from texts.parts(part)
    yield {"type": "finish-step"}
    yield finish


class _Texts:
    """Passes text on, and reasoning, which ends with what a model needs to take it back."""

    def __init__(self) -> None:
        self._seals: dict[int, dict[str, str]] = {}
        self._sources = 0

    def parts(self, part: Part) -> Iterator[dict[str, Any]]:
        """Yield the parts of a UI message for a part of a text."""
        match part:
            case TextDelta(index, text):
                yield {"type": "text-delta", "id": f"{index}", "delta": text}
            case ReasoningDelta(index, text):
                yield {"type": "reasoning-delta", "id": f"{index}", "delta": text}
            case SignatureDelta(index, text):
                self._seals.setdefault(index, {"signature": ""})["signature"] += text
            case RedactedDelta(index, text):
                self._seals[index] = {"redactedData": text}
            case TextStart(index):
                yield {"type": "text-start", "id": f"{index}"}
            case ReasoningStart(index) | RedactedStart(index):
                yield {"type": "reasoning-start", "id": f"{index}"}
            case BlockStop(TextStart(index)):
                yield {"type": "text-end", "id": f"{index}"}
            case BlockStop(ReasoningStart(index) | RedactedStart(index)):
                seal = self._seals.pop(index, None)
                more = {"providerMetadata": {"bedrock": seal}} if seal else {}
                yield {"type": "reasoning-end", "id": f"{index}", **more}
            case Citation(_, members):
                from .sources import source  # few answers have any

                if cited := source(members, self._sources + 1):
                    self._sources += 1
                    yield cited


class _ToolInputs:
    """Collects the inputs of tools, which clients get in pieces and once more as a whole."""

    def __init__(self) -> None:
        self._starts: dict[int, ToolStart] = {}
        self._inputs: dict[int, str] = {}
        self._cut = False

    def parts(self, part: Part) -> Iterator[dict[str, Any]]:
        """Yield the parts of a UI message for a part of a tool use."""
        match part:
            case ToolStart(index, tool_use_id, name):
                self._starts[index], self._inputs[index] = part, ""
                yield {"type": "tool-input-start", "toolCallId": tool_use_id, "toolName": name}
            case ToolDelta(index, text):
                self._inputs[index] += text
                call = {"toolCallId": self._starts[index].tool_use_id}
                yield {"type": "tool-input-delta", **call, "inputTextDelta": text}
            case BlockStop(ToolStart(index, tool_use_id, name)):
                try:
                    given = json.loads(self._inputs.pop(index) or "{}")
                except ValueError:
                    self._cut = True
                else:
                    call = {"toolCallId": tool_use_id, "toolName": name}
                    yield {"type": "tool-input-available", **call, "input": given}

    def check(self, finish: str) -> None:
        """Refuse an input that is no JSON, unless the answer was cut within it: such a call stays unfinished.

        :raises UpstreamError: for output that cannot be used
        """
        if self._cut and finish != "length":
            raise UpstreamError(MALFORMED)


class UiMessage:
    """The body of a streamed message, which ends with a part of the protocol whatever ends it.

    The schema of the protocol is strict: an event of any other kind makes a client drop the message.

    :param parts: of the message
    """

    def __init__(self, parts: Iterator[dict[str, Any]]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[dict[str, Any] | str]:
        """Yield the parts, and the end of a stream that is whole."""
        yield from self._parts
        yield DONE

    @staticmethod
    def last_event(error: BaseException) -> bytes:
        """Return the parts that end a message which failed, or was cancelled."""
        said = client_error(error)
        part = {"type": "error", "errorText": said.message}
        if isinstance(said, StreamCancelled):
            part = {"type": "abort"}
        return f"data: {json.dumps(part, separators=(',', ':'))}\n\ndata: {DONE}\n\n".encode()
