"""ConverseStream events to what a client reads: one writer per format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from lambda_streaming import Event

from .converse import ConverseEvent

Writer: TypeAlias = Callable[[Iterable[ConverseEvent]], Iterator["Event | dict[str, object] | str"]]


class Format(NamedTuple):
    """A format of the response: its content type and the function that writes it."""

    content_type: str
    write: Writer


def write_sse(events: Iterable[ConverseEvent]) -> Iterator[Event | dict[str, object]]:
    """Yield ``{"text": ...}`` for each piece of text, and the event ``done`` after the last one.

    ``done`` waits for the end of the stream: the usage comes after the stop reason, and what still fails must
    not follow it.
    """
    done: dict[str, object] = {}
    for event in events:
        if text := _text(event):
            yield {"text": text}
        elif "messageStop" in event:
            done["stopReason"] = event["messageStop"]["stopReason"]
        elif "metadata" in event:
            done["usage"] = event["metadata"].get("usage", {})
    yield Event(done, event="done")


def write_text(events: Iterable[ConverseEvent]) -> Iterator[str]:
    """Yield each piece of text as it is.

    Plain text has no place for an error: when the stream fails after its first byte, only Lambda's error
    trailers tell so, and the client sees no more than a body that ends early. Programs should read
    server-sent events.
    """
    for event in events:
        if text := _text(event):
            yield text


def _text(event: ConverseEvent) -> str:
    return str(event.get("contentBlockDelta", {}).get("delta", {}).get("text", ""))


FORMATS = {
    "sse": Format("text/event-stream", write_sse),
    "text": Format("text/plain; charset=utf-8", write_text),
}
