"""``POST /ui/chat``: the UI message stream of the AI SDK, which ``useChat`` reads.

https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol. Beside what the client itself sends, the body may have
``model`` and members of ConverseStream.
"""

from __future__ import annotations

import json

from lambda_streaming import Response

from ..converse.content_blocks import BEGIN, DELTA, END, METADATA, REASONING, STOP, TEXT, TOOL, steps
from ..converse.model_call import Call
from ..errors import MALFORMED, UpstreamError, told, upstream_error
from .ui_request import members_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..converse.model_call import About, Request
    from ..converse.stream import ConverseEvent

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


def read(request: Request) -> Call:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    members = members_of(body)

    def respond(events: Iterator[ConverseEvent], about: About) -> Response:
        return Response(headers=HEADERS, body=_told(written(events, about)))

    return Call(body.text("model"), members, respond)


def written(events: Iterable[ConverseEvent], about: About) -> Iterator[dict[str, Any]]:
    """Yield the parts of a message, ``finish`` after the last event of a stream that is whole."""
    opened = False
    finish: dict[str, Any] = {"type": "finish"}
    tool: dict[str, Any] = {}
    for step in steps(events):
        if not opened:
            opened = True
            yield {"type": "start", "messageId": f"msg_{about.request_id}"}
            yield {"type": "start-step"}
        identity = f"{step.index}"
        if step.what == STOP:
            finish["finishReason"] = FINISH_REASONS.get(step.data["stopReason"], "other")
        elif step.what == METADATA:
            finish["messageMetadata"] = {"usage": step.data.get("usage", {}), "model": about.model}
        elif step.kind == TOOL:
            if step.what == BEGIN:
                tool = {"toolCallId": step.data["toolUseId"], "toolName": step.data["name"], "input": ""}
            elif step.what == DELTA:
                tool["input"] += step.data
            yield _tool(step.what, step.data, tool)
        elif step.kind in (TEXT, REASONING):
            if step.what == DELTA:
                yield {"type": f"{step.kind}-delta", "id": identity, "delta": step.data}
            else:
                yield {"type": f"{step.kind}-{_EDGES[step.what]}", "id": identity}
    yield {"type": "finish-step"}
    yield finish


_EDGES = {BEGIN: "start", END: "end"}


def _tool(what: str, data: Any, tool: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    call = {"toolCallId": tool["toolCallId"]}
    if what == BEGIN:
        return {"type": "tool-input-start", **call, "toolName": tool["toolName"]}
    if what == DELTA:
        return {"type": "tool-input-delta", **call, "inputTextDelta": data}
    try:
        given = json.loads(tool["input"] or "{}")
    except ValueError as error:  # the answer was cut within it
        raise upstream_error(MALFORMED) from error
    return {"type": "tool-input-available", **call, "toolName": tool["toolName"], "input": given}


def _told(parts: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any] | str]:
    """Tell of a failure in a part of the protocol, which has a strict schema: any other event breaks it."""
    began = False
    try:
        for part in parts:
            yield part
            began = True
    except GeneratorExit:
        raise
    except BaseException as error:
        if began:
            yield {"type": "error", "errorText": told(error).message}
        if not began or not isinstance(error, UpstreamError):
            raise
    yield DONE
