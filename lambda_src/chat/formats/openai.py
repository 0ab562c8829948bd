"""``POST /v1/chat/completions``: OpenAI's Chat Completions API.

https://platform.openai.com/docs/api-reference/chat and .../chat-streaming. ``reasoning_content`` is not
OpenAI's: several servers and clients have agreed on it.
"""

from __future__ import annotations

from lambda_streaming import Response

from ..converse.content_blocks import BEGIN, DELTA, END, METADATA, REASONING, STOP, TEXT, TOOL, steps
from ..converse.model_call import Call
from .openai_request import members_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from lambda_streaming import HTTPError

    from ..converse.model_call import About, Request
    from ..converse.stream import ConverseEvent

#: Bedrock's stop reasons; a reason that is newer than this table is a "stop".
FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
DONE = "[DONE]"
# Where OpenAI's API has what Bedrock calls otherwise.
_FIELDS = {"serviceTier": "service_tier", "system": "messages"}


def read(request: Request) -> Call:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    members = members_of(body)
    options = body.member("stream_options")
    include_usage = options is not None and options.flag("include_usage")
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], about: About) -> Response:
        if not streams:
            return Response(body=completion(events, about))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=chunks(events, about, include_usage))

    return Call(body.text("model"), members, respond)


def adapt(error: HTTPError) -> None:
    """Name the field at fault as the caller does."""
    error.param = _FIELDS.get(error.param or "", error.param)


def chunks(
    events: Iterable[ConverseEvent], about: About, include_usage: bool
) -> Iterator[dict[str, Any] | str]:
    """Yield ``chat.completion.chunk`` objects and, after a stream that is whole, ``[DONE]``."""
    said = _said("chat.completion.chunk", about)
    usage = _usage({})
    finish = None
    calls = -1
    arguments = False
    opening: dict[str, Any] = {"role": "assistant", "content": ""}
    for step in steps(events):
        delta: dict[str, Any] = {}
        if step.what == BEGIN and step.kind == TOOL:
            calls += 1
            arguments = False
            delta = {"tool_calls": [{"index": calls, **_call(step.data, "")}]}
        elif step.what == DELTA and step.kind == TOOL:
            arguments = arguments or bool(step.data)
            delta = _arguments(calls, step.data)
        elif step.what == END and step.kind == TOOL and not arguments:
            # a tool without parameters has no input in Bedrock, and an empty object in OpenAI's API
            delta = _arguments(calls, "{}")
        elif step.what == DELTA and step.kind in _CONTENT:
            delta = {_CONTENT[step.kind]: step.data}
        elif step.what == STOP:
            finish = FINISH_REASONS.get(step.data["stopReason"], "stop")
        elif step.what == METADATA:
            usage = _usage(step.data.get("usage", {}))
        if opening and (delta or finish):
            yield {**said, "choices": [_choice(opening)]}
            opening = {}
        if delta:
            yield {**said, "choices": [_choice(delta)]}
    # after the last event: what still fails must not look finished
    yield {**said, "choices": [_choice({}, finish)]}
    if include_usage:
        yield {**said, "choices": [], "usage": usage}
    yield DONE


def completion(events: Iterable[ConverseEvent], about: About) -> dict[str, Any]:
    """Return the whole answer as one ``chat.completion``."""
    texts: dict[str, str] = {}
    calls: list[dict[str, Any]] = []
    finish, usage = "stop", _usage({})
    for step in steps(events):
        if step.what == BEGIN and step.kind == TOOL:
            calls.append(_call(step.data, ""))
        elif step.what == DELTA and step.kind == TOOL:
            calls[-1]["function"]["arguments"] += step.data
        elif step.what == END and step.kind == TOOL:
            calls[-1]["function"]["arguments"] = calls[-1]["function"]["arguments"] or "{}"
        elif step.what == DELTA and step.kind in _CONTENT:
            name = _CONTENT[step.kind]
            texts[name] = texts.get(name, "") + step.data
        elif step.what == STOP:
            finish = FINISH_REASONS.get(step.data["stopReason"], "stop")
        elif step.what == METADATA:
            usage = _usage(step.data.get("usage", {}))
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, **texts}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return {**_said("chat.completion", about), "choices": [choice], "usage": usage}


_CONTENT = {TEXT: "content", REASONING: "reasoning_content"}


def _said(kind: str, about: About) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{about.request_id}",
        "object": kind,
        "created": about.created,
        "model": about.model,
    }


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _call(tool: dict[str, Any], arguments: str) -> dict[str, Any]:
    function = {"name": tool["name"], "arguments": arguments}
    return {"id": tool["toolUseId"], "type": "function", "function": function}


def _arguments(index: int, piece: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _usage(usage: dict[str, int]) -> dict[str, Any]:
    # Bedrock counts what the cache has apart from inputTokens, OpenAI as a part of the prompt
    cached = usage.get("cacheReadInputTokens", 0)
    prompt = usage.get("inputTokens", 0) + cached + usage.get("cacheWriteInputTokens", 0)
    completed = usage.get("outputTokens", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completed,
        "total_tokens": prompt + completed,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
