"""ConverseStream's events as Bedrock sends them, and requests as API Gateway hands them over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chat.converse.model_call import ChatRequest, ModelCall, ResponseMetadata
from chat.converse.stream import checked
from chat.errors import UpstreamError
from chat.routes import find
from chat.settings import ChatSettings
from lambda_streaming import Response

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

ABOUT = ResponseMetadata("r-1", "model-1", 7)
SETTINGS = ChatSettings("model-1")


def delta(index: int, **delta: object) -> ConverseEvent:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}


def stop(index: int) -> ConverseEvent:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def end(reason: str) -> ConverseEvent:
    return {"messageStop": {"stopReason": reason}}


START: ConverseEvent = {"messageStart": {"role": "assistant"}}
USAGE = {
    "inputTokens": 3,
    "outputTokens": 2,
    "totalTokens": 10,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 1,
}
METADATA: ConverseEvent = {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 9}}}
TEXT: list[ConverseEvent] = [
    START,
    delta(0, text="Hel"),
    delta(0, text="lo"),
    stop(0),
    end("end_turn"),
    METADATA,
]
#: Reasoning with its signature, text, and a tool whose input comes in pieces.
TOOLS: list[ConverseEvent] = [
    START,
    delta(0, reasoningContent={"text": "hm"}),
    delta(0, reasoningContent={"signature": "sig"}),
    stop(0),
    delta(1, text="Let me see"),
    stop(1),
    {
        "contentBlockStart": {
            "contentBlockIndex": 2,
            "start": {"toolUse": {"toolUseId": "t-1", "name": "weather"}},
        }
    },
    delta(2, toolUse={"input": '{"city":'}),
    delta(2, toolUse={"input": '"Bonn"}'}),
    stop(2),
    end("tool_use"),
    METADATA,
]


def failing(events: Iterable[ConverseEvent], error: Exception) -> Iterator[ConverseEvent]:
    yield from events
    raise error


def call(
    path: str,
    body: object,
    *,
    settings: ChatSettings = SETTINGS,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ModelCall:
    """Return the call that a request asks for."""
    event = {"path": path, "body": json.dumps(body), "queryStringParameters": query, "headers": headers}
    return find(path).read(ChatRequest(event, settings))


def respond(asked: ModelCall, events: Iterable[ConverseEvent]) -> Response:
    return asked.respond(checked(events), ABOUT)


def items(asked: ModelCall, events: Iterable[ConverseEvent]) -> list[object]:
    """Return what a streamed answer consists of."""
    return list(respond(asked, events).body)  # type: ignore[arg-type]


def items_before_failure(asked: ModelCall, events: Iterable[ConverseEvent]) -> list[object]:
    """Return what a streamed answer consists of until it fails, as it must."""
    written: list[object] = []
    body: Iterable[object] = respond(asked, events).body  # type: ignore[assignment]
    try:
        for item in body:
            written.append(item)
    except UpstreamError as error:
        last: Callable[[BaseException], bytes] | None = getattr(body, "last_event", None)
        # what has no item yet has a status for the error
        return [*written, last(error)] if last and written else written
    raise AssertionError("the stream did not fail")
