"""Handlers for runtime loops as they may become."""

from __future__ import annotations

from collections.abc import Iterator

from lambda_streaming import stream

from tests.runtime.functions import gate


@stream
def gated(event: object, context: object) -> Iterator[object]:
    yield "one"
    gate.wait()
    yield "two"


def plain(event: object, context: object) -> Iterator[bytes]:
    yield b"one"
    yield b"two"


def chosen(event: dict[str, str], context: object) -> object:
    """Run the handler that the event names."""
    return globals()[event["handler"]](event, context)
