"""Read Anthropic's events from the chunks of InvokeModelWithResponseStream, and make sure of their end.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import lambda_streaming

from ...converse.stream import json_event, observed, translated
from ...errors import BEDROCK, TRUNCATED, UNKNOWN, UpstreamError
from ...settings import RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lambda_streaming import HTTPError

    Event = dict[str, Any]

START, DELTA, STOP = "message_start", "message_delta", "message_stop"
#: Said by a guardrail in any event: "Use guardrails with InvokeModel", Amazon Bedrock User Guide.
_GUARDRAIL, _INTERVENED = f"{RESERVED}guardrailAction", "INTERVENED"
#: What the converted route says then, too.
_REFUSAL = "refusal"
# Types of events that say nothing; the metrics of Bedrock may come without any.
_NOTHING = (None, "ping")
# Type of Anthropic's error event -> row of the error table.
ERRORS = {
    "api_error": BEDROCK["internalServerException"],
    "invalid_request_error": BEDROCK["validationException"],
    "overloaded_error": BEDROCK["serviceUnavailableException"],
    "rate_limit_error": BEDROCK["throttlingException"],
    "timeout_error": BEDROCK["modelTimeoutException"],
}


def checked_events(
    chunks: Iterable[Any], on_error: Callable[[HTTPError], None] | None = None
) -> Iterator[Event]:
    """Return Anthropic's events without what Bedrock adds; a stream that is not complete ends in an error.

    The first event waits for the second, and the last two for the end of the stream: an error comes before
    them or not at all.

    :param chunks: the stream, which is closed at the end if it can be
    :param on_error: called with the error that ends the stream. Default: - none
    :raises UpstreamError: when the stream breaks off, or an event says that the model failed
    """
    return observed(_complete(translated(chunks)), on_error)


def _complete(chunks: Iterable[Any]) -> Iterator[Event]:
    held: list[Event] = []
    intervened = stopped = in_tool = False
    for event in map(json_event, chunks):
        intervened = intervened or event.get(_GUARDRAIL) == _INTERVENED
        event = _without_bedrocks(event)
        kind = event.get("type")
        if kind == "error":
            error = event.get("error") or {}
            raise UpstreamError(ERRORS.get(str(error.get("type")), UNKNOWN))
        if kind in _NOTHING:
            continue
        stopped = stopped or kind == STOP
        if kind in (START, DELTA, STOP):
            held.append(event)
            continue
        yield from held
        held.clear()
        yield event
        if kind == "content_block_start":
            in_tool = (event.get("content_block") or {}).get("type") == "tool_use"
        elif in_tool and kind == "content_block_stop":
            in_tool = False
            lambda_streaming.keep_now()  # the client has the call, and runs the tool
    if not stopped:
        raise UpstreamError(TRUNCATED)
    for event in held:
        if intervened and event["type"] == DELTA:
            event["delta"] = {**event.get("delta", {}), "stop_reason": _REFUSAL}
        yield event


def _without_bedrocks(event: Event) -> Event:
    """Return an event without Bedrock's own members, such as the metrics of its last one."""
    return {
        name: _without_bedrocks(value) if isinstance(value, dict) and name in ("message", "delta") else value
        for name, value in event.items()
        if not name.startswith(RESERVED)
    }
