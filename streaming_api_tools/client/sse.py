"""Decode server-sent events incrementally: bytes in, as they arrive; events out, as they complete.

Follows section 9.2.6, interpreting an event stream, of
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINE_END = re.compile(rb"\r\n|\r|\n")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Event:
    """One dispatched event."""

    data: str
    type: str = "message"
    id: str = ""


class EventTooLarge(ValueError):
    """Raised when an event grew beyond the limit of the decoder."""


@dataclass
class EventDecoder:
    """Decodes one stream.

    :param limit: bytes that one event may have before :class:`EventTooLarge` is raised, so that a stream
        without line ends cannot fill the memory. Default: 1 MiB.

    >>> decoder = EventDecoder()
    >>> decoder.feed(b'data: {"text": "Hel')
    []
    >>> decoder.feed(b'lo"}' + bytes([10, 10]))
    [Event(data='{"text": "Hello"}', type='message', id='')]
    """

    limit: int = 1 << 20
    _partial: bytes = b""
    _after_cr: bool = False
    _at_start: bool = True
    _data: list[str] = field(default_factory=list)
    _size: int = 0
    _type: str = ""
    _id: str = ""

    @property
    def pending(self) -> bool:
        """Tell whether an event has begun that no blank line has ended; at the end of a stream it is lost."""
        return bool(self._partial or self._data)

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes of the stream, cut anywhere, and return the events that they complete.

        :raises EventTooLarge: when an event is larger than ``limit``
        """
        if not data:
            return []
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
        self._after_cr = data.endswith(b"\r")
        *lines, self._partial = LINE_END.split(self._partial + data)
        events = [event for line in lines if (event := self._line(line)) is not None]
        if self._size + len(self._partial) > self.limit:
            raise EventTooLarge(f"an event is larger than {self.limit} bytes")
        return events

    def _line(self, line: bytes) -> Event | None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        # a line without a colon is a field with an empty value; a comment is a field without a name
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._size += len(line)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> Event | None:
        event = Event("\n".join(self._data), self._type or "message", self._id) if self._data else None
        self._data, self._size, self._type = [], 0, ""
        return event
