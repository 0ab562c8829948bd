"""``POST /chat``: the prompt, or a request in ConverseStream's own words; typed events, lines or text."""

from __future__ import annotations

from lambda_streaming import Event, Response

from ..converse.content_blocks import BEGIN, DELTA, METADATA, REASONING, SIGNATURE, STOP, TEXT, TOOL, steps
from ..converse.model_call import Call
from ..converse.request import NAMES, members_of
from ..json_body import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..converse.model_call import About, Request
    from ..converse.stream import ConverseEvent
    from ..json_body import Fields

CONTENT_TYPES = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "text": "text/plain; charset=utf-8",
}


def read(request: Request) -> Call:
    """Return the call that a request asks for.

    :raises HTTPError: 400 for anything that the model should not see
    """
    chosen = request.query("format") or "sse"
    if chosen not in CONTENT_TYPES:
        raise refusal(f"format must be one of {', '.join(CONTENT_TYPES)}", "invalid_format", "format")
    body = request.body()
    body.only("prompt", "model", *NAMES)
    members = members_of(body)
    if "messages" not in members and (body.has("prompt") or not body.has("promptVariables")):
        members["messages"] = [{"role": "user", "content": [{"text": _prompt(body)}]}]
    elif body.has("prompt"):
        raise refusal("prompt and messages exclude each other", "invalid_value", "prompt")
    elif not members.get("messages", True):
        raise refusal("messages must not be empty", "empty_messages", "messages")

    def respond(events: Iterator[ConverseEvent], about: About) -> Response:
        headers = {"content-type": CONTENT_TYPES[chosen], "x-content-type-options": "nosniff"}
        return Response(headers=headers, body=_WRITERS[chosen](events, about))

    return Call(body.text("model"), members, respond)


def _prompt(body: Fields) -> str:
    if "prompt" not in body.value:
        raise refusal("prompt is missing", "missing_prompt", "prompt")
    prompt = body.value["prompt"]
    if not isinstance(prompt, str):
        raise refusal("prompt must be a string", "invalid_prompt", "prompt")
    if not prompt.strip():
        raise refusal("prompt must not be empty", "empty_prompt", "prompt")
    return prompt


def typed(events: Iterable[ConverseEvent], about: About) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and data of each event: start, delta, reasoning, tool, usage, done.

    ``done`` waits for the end of the stream: the usage comes after the stop reason, and what still fails must
    not follow it.
    """
    done: dict[str, Any] = {}
    tool = ""
    started = False
    for step in steps(events):
        if not started:
            started = True
            yield "start", {"model": about.model}
        if step.what == STOP:
            done["stopReason"] = step.data["stopReason"]
        elif step.what == METADATA:
            done["usage"] = step.data.get("usage", {})
            latency = step.data.get("metrics", {}).get("latencyMs")
            yield "usage", {**done["usage"], **({} if latency is None else {"latencyMs": latency})}
        elif step.what == BEGIN and step.kind == TOOL:
            tool = step.data["toolUseId"]
            yield "tool", {"id": tool, "name": step.data["name"]}
        elif step.what == DELTA and step.data:
            yield _delta(step.kind, step.data, tool)
    yield "done", done


def _delta(kind: str, data: str, tool: str) -> tuple[str, dict[str, Any]]:
    if kind == TEXT:
        return "delta", {"text": data}
    if kind == TOOL:
        return "tool", {"id": tool, "input": data}
    return "reasoning", {{REASONING: "reasoning", SIGNATURE: "signature"}.get(kind, "redacted"): data}


def write_sse(events: Iterable[ConverseEvent], about: About) -> Iterator[Event]:
    """Yield server-sent events that have names."""
    for name, data in typed(events, about):
        yield Event(data, event=name)


def write_ndjson(events: Iterable[ConverseEvent], about: About) -> Iterator[dict[str, Any]]:
    """Yield the same as objects, whose ``type`` is the name of the event."""
    for name, data in typed(events, about):
        yield {"type": name, **data}


def write_text(events: Iterable[ConverseEvent], about: About) -> Iterator[str]:
    """Yield each piece of text as it is.

    Plain text has no place for an error: a stream that fails after its first byte is cut. Programs should
    read server-sent events.
    """
    for name, data in typed(events, about):
        if name == "delta":
            yield data["text"]


_WRITERS: dict[str, Callable[[Iterable[ConverseEvent], About], Iterator[Any]]] = {
    "sse": write_sse,
    "ndjson": write_ndjson,
    "text": write_text,
}
