"""``POST /v1/messages``: Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming.
"""

from __future__ import annotations

import json

from lambda_streaming import Event, Response

from ..converse.content_blocks import (
    BEGIN,
    DELTA,
    END,
    METADATA,
    REASONING,
    REDACTED,
    SIGNATURE,
    STOP,
    TEXT,
    TOOL,
    steps,
)
from ..converse.model_call import Call
from ..errors import MALFORMED, upstream_error
from .anthropic_request import members_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from lambda_streaming import HTTPError

    from ..converse.content_blocks import Step
    from ..converse.model_call import About, Request
    from ..converse.stream import ConverseEvent

#: Bedrock's stop reasons; a reason that is newer than this table is passed on.
STOP_REASONS = {"guardrail_intervened": "refusal", "content_filtered": "refusal"}
#: What Anthropic's clients know as an overloaded service.
STATUSES = {503: 529}
# Kind of a delta -> its type and the name of its member.
_DELTAS = {
    TEXT: ("text_delta", "text"),
    REASONING: ("thinking_delta", "thinking"),
    SIGNATURE: ("signature_delta", "signature"),
    TOOL: ("input_json_delta", "partial_json"),
}


def read(request: Request) -> Call:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    members = members_of(body)
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], about: About) -> Response:
        if not streams:
            return Response(body=message(events, about))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=written(events, about))

    return Call(body.text("model"), members, respond)


def adapt(error: HTTPError) -> None:
    """Give an error the status by which Anthropic's clients know it."""
    error.status = STATUSES.get(error.status, error.status)


def written(events: Iterable[ConverseEvent], about: About) -> Iterator[Event]:
    """Yield the events of a stream, whose last two wait for the end of Bedrock's."""
    opened = False
    redacted = ""
    delta: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    for step in steps(events):
        if not opened:
            opened = True
            yield _event("message_start", message=_message(about, [], None, _usage({})))
        if step.what == STOP:
            delta = _stop(step.data)
        elif step.what == METADATA:
            usage = _usage(step.data.get("usage", {}))
        elif step.kind == REDACTED:  # comes whole in the event that begins a block
            redacted = step.data if step.what == DELTA else redacted
            if step.what == END:
                block = {"type": "redacted_thinking", "data": redacted}
                yield _event("content_block_start", index=step.index, content_block=block)
                yield _event("content_block_stop", index=step.index)
        elif step.what == BEGIN:
            yield _event("content_block_start", index=step.index, content_block=_block(step))
        elif step.what == DELTA:
            kind, name = _DELTAS[step.kind]
            yield _event("content_block_delta", index=step.index, delta={"type": kind, name: step.data})
        elif step.what == END:
            yield _event("content_block_stop", index=step.index)
    yield _event("message_delta", delta=delta, usage=usage)
    yield _event("message_stop")


def message(events: Iterable[ConverseEvent], about: About) -> dict[str, Any]:
    """Return the whole answer as one message."""
    content: list[dict[str, Any]] = []
    stop: dict[str, Any] = {}
    usage = _usage({})
    for step in steps(events):
        if step.what == STOP:
            stop = _stop(step.data)
        elif step.what == METADATA:
            usage = _usage(step.data.get("usage", {}))
        elif step.what == BEGIN:
            block = {"type": "redacted_thinking", "data": ""} if step.kind == REDACTED else _block(step)
            content.append({**block, "input": ""} if step.kind == TOOL else block)
        elif step.what == DELTA:
            content[-1][_MEMBERS[step.kind]] += step.data
        elif step.kind == TOOL:
            content[-1]["input"] = _input(content[-1]["input"])
    return {**_message(about, content, stop.get("stop_reason"), usage), **stop}


_MEMBERS = {TEXT: "text", REASONING: "thinking", SIGNATURE: "signature", TOOL: "input", REDACTED: "data"}


def _event(kind: str, **members: object) -> Event:
    # clients read the type from the data and, without the event's name, read nothing
    return Event({"type": kind, **members}, event=kind)


def _message(
    about: About, content: list[dict[str, Any]], stop_reason: str | None, usage: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"msg_{about.request_id}",
        "type": "message",
        "role": "assistant",
        "model": about.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _block(step: Step) -> dict[str, Any]:
    if step.kind == TOOL:
        return {"type": "tool_use", "id": step.data["toolUseId"], "name": step.data["name"], "input": {}}
    if step.kind == REASONING:
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "text", "text": ""}


def _input(text: str) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError as error:  # the answer was cut within it
        raise upstream_error(MALFORMED) from error


def _stop(members: dict[str, Any]) -> dict[str, Any]:
    reason = members["stopReason"]
    return {"stop_reason": STOP_REASONS.get(reason, reason), "stop_sequence": None}


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    # Converse knows the input's tokens at the end only; clients merge them from there
    return {
        "input_tokens": usage.get("inputTokens", 0),
        "output_tokens": usage.get("outputTokens", 0),
        "cache_read_input_tokens": usage.get("cacheReadInputTokens", 0),
        "cache_creation_input_tokens": usage.get("cacheWriteInputTokens", 0),
    }
