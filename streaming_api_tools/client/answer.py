"""Follow the answer of a chat route: moments of an exchange in, text to show out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from streaming_api_templates.plural import counted, times

from ..errors import CheckFailed, CouldNotRun, ToolError
from ..printable import one_line
from .envelopes import message_of
from .moments import End, Ending, Head, Moment, Part, Sent
from .pieces import piece_of
from .sse import Event, EventDecoder, EventTooLarge

EVENT_STREAM = "text/event-stream"
#: Bytes of an error answer that are read.
ERROR_BODY = 4096


@dataclass
class Timing:
    """The times at which the answer arrived, in nanoseconds.

    :param tokens: output tokens as the model counted them
    :param resumed: how often the answer was cut, and went on
    """

    sent: int = 0
    first_byte: int = 0
    first_text: int = 0
    last_text: int = 0
    ended: int = 0
    longest_gap: int = 0
    pieces: int = 0
    tokens: int | None = None
    resumed: int = 0

    def text(self, ns: int) -> None:
        """Count a piece of text."""
        self.first_text = self.first_text or ns
        self.longest_gap = max(self.longest_gap, ns - (self.last_text or ns))
        self.last_text = ns
        self.pieces += 1

    def line(self) -> str:
        """Return the line that ``--stats`` prints."""

        def after(ns: int) -> str:
            return f"{(ns - self.sent) / 1e6:.0f} ms" if ns else "never"

        pieces = counted(self.pieces, "piece")
        tokens = "not counted" if self.tokens is None else str(self.tokens)
        return (
            f"first byte {after(self.first_byte)}, first token {after(self.first_text)}, tokens {tokens}"
            f" in {pieces}, longest gap {self.longest_gap / 1e6:.0f} ms, end {after(self.ended)}"
            + (f", resumed {times(self.resumed)}" if self.resumed else "")
        )


@dataclass
class ChatAnswer:
    """Follows one exchange with a chat route."""

    timing: Timing = field(default_factory=Timing)
    _head: Head | None = None
    _done: bool = False
    _refusal: bytes = b""
    _decoder: EventDecoder = field(default_factory=EventDecoder)

    @property
    def whole(self) -> bool:
        """Tell whether the terminal event came, or the answer is none that has one."""
        return self._done or not self._streams()

    def take(self, moment: Moment) -> Iterator[str]:
        """Take the next moment and yield the texts that it brought; an error comes after the text before it.

        :raises CheckFailed: when the answer is an error, ends in one, or ends too early
        :raises CouldNotRun: when there is no answer
        """
        if isinstance(moment, Sent):
            self.timing.sent = moment.ns
        elif isinstance(moment, Head):
            self._head = moment
        elif isinstance(moment, Part):
            yield from self._part(moment)
        else:
            self._end(moment)

    def _part(self, part: Part) -> Iterator[str]:
        self.timing.first_byte = self.timing.first_byte or part.ns
        if not self._streams():
            self._refusal += part.data
            if len(self._refusal) > ERROR_BODY:
                raise self._refused()
            return
        try:
            events = self._decoder.feed(part.data)
        except EventTooLarge as failure:
            raise CheckFailed(str(failure)) from failure
        for event in events:
            yield self._text(event, part.ns)

    def _text(self, event: Event, ns: int) -> str:
        try:
            piece = piece_of(event)
        except ValueError as failure:
            raise CheckFailed(str(failure)) from None
        if piece.error:
            raise CheckFailed(f"the answer ended in an error: {one_line(piece.error)}")
        self._done |= piece.done
        self.timing.tokens = piece.tokens if piece.tokens is not None else self.timing.tokens
        if piece.text:
            self.timing.text(ns)
        return piece.text

    def _end(self, end: End) -> None:
        self.timing.ended = end.ns
        if self._head is None:
            raise CouldNotRun(f"no answer: {end.detail or end.how.value}")
        if not self._streams():
            raise self._refused()
        if not self._done:
            why = "" if end.how is Ending.CLOSED else f": {end.detail}"
            raise CheckFailed(f"the answer ended without its terminal event{why}")

    def _streams(self) -> bool:
        head = self._head
        return head is not None and head.status == 200 and head.media_type == EVENT_STREAM

    def _refused(self) -> ToolError:
        assert self._head is not None
        if self._head.status == 200:
            return CheckFailed(
                f"content-type is {self._head.headers.get('content-type')}, not {EVENT_STREAM}"
            )
        said = message_of(self._refusal.decode("utf-8", "replace"))
        return CheckFailed(f"status {self._head.status}: {said}")
