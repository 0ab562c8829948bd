"""Observe the events of a call while they pass, and keep the few of them that tell what it used.

This runs for every event, the first included: it counts, and reads nothing. :mod:`chat.usage.counts` reads
what is kept, once the client has its answer.
"""

from __future__ import annotations

import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

# Usage comes at the beginning (Anthropic's message_start), and in the last events.
_FIRST, _LAST = 2, 8
# Said of a guardrail in any chunk: "Use guardrails with InvokeModel", Amazon Bedrock User Guide.
_INTERVENED = b'"INTERVENED"'
# Beginnings of Amazon Nova's events that are no pieces.
_HEADS = (b'{"messageSt', b'{"contentBlockSt', b'{"metadata')


class Meter:
    """The meter of one call of a model.

    :param clock: of monotonic seconds. Default: the system's

    ``called`` is true once Bedrock is called, ``asked`` once the model may have begun to work; ``deltas`` is
    the number of pieces that it has sent, ``first_at`` and ``last_at`` when the first and the last came.
    """

    __slots__ = ("_clock", "_first", "_flagged", "_last", "asked", "called", "deltas", "first_at", "last_at")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: list[Any] = []
        self._flagged: list[Any] = []
        self._last: deque[Any] = deque(maxlen=_LAST)
        self.asked = self.called = False
        self.deltas = 0
        self.first_at: float | None = None
        self.last_at: float | None = None

    def observed(self, events: Iterable[Any]) -> Iterator[Any]:
        """Yield the events of a stream, observed."""
        first, last, clock, observe = self._first, self._last, self._clock, self.observe
        for event in events:
            if "contentBlockDelta" in event and self.deltas and len(first) == _FIRST:
                # what observe does with nearly every event, without its calls
                self.deltas += 1
                self.last_at = clock()
                last.append(event)
            else:
                observe(event)
            yield event

    def observe(self, event: Any) -> None:  # noqa: ANN401 - an event of any stream of Bedrock
        """Observe an event: one of ConverseStream, or a chunk in the words of a model."""
        data = b"" if "contentBlockDelta" in event else _data(event)
        if "contentBlockDelta" in event or _is_piece(data):
            self.deltas += 1
            self.last_at = self._clock()
            if self.first_at is None:
                self.first_at = self.last_at
        if len(self._first) < _FIRST:
            self._first.append(event)
        else:
            self._last.append(event)
            if data and _INTERVENED in data:
                self._flagged = [event]

    @property
    def kept(self) -> list[Any]:
        """The events that may tell of the usage, in their order."""
        return [*self._first, *self._flagged, *self._last]


def _is_piece(data: bytes) -> bool:
    # chunks of families without names of events are pieces of a text
    return bool(data) and (b"elta" in data or not (b'"type"' in data or data.startswith(_HEADS)))


def _data(event: Any) -> bytes:  # noqa: ANN401
    chunk = event.get("chunk")
    data: bytes = chunk.get("bytes", b"") if chunk else b""
    return data
