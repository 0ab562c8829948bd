"""Records what arrived and when: the form in which every transport gives an exchange to the classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..client.moments import End, Ending, Head, Moment, Part, Sent
from ..client.sse import Event, EventDecoder, EventTooLarge

EVENT_STREAM = "text/event-stream"
#: Bytes of the body that are kept, for the message of an error answer.
EXCERPT = 2048
#: Reads that are kept: an answer that trickles byte by byte is given up too.
MOST_READS = 262_144


@dataclass(frozen=True)
class Read:
    """One read of body bytes."""

    ns: int
    size: int


@dataclass(frozen=True)
class Arrival:
    """An event and the time of the read that completed it."""

    ns: int
    event: Event


@dataclass(frozen=True)
class Recording:
    """One exchange; times are nanoseconds of one clock.

    :param overflow: why reading ended before the answer did, if it did
    """

    end: End
    sent: Sent | None = None
    head: Head | None = None
    reads: tuple[Read, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    excerpt: bytes = b""
    incomplete: bool = False
    overflow: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer by their name in lower case; empty when there was no answer."""
        return self.head.headers if self.head else {}

    @property
    def http_version(self) -> str:
        """The version of HTTP that was spoken; empty when there was no answer, or not over HTTP."""
        return self.head.http_version if self.head else ""

    @property
    def request_id(self) -> str:
        """The id under which API Gateway logged the request."""
        return self.headers.get("x-amzn-requestid") or self.headers.get("x-amz-apigw-id", "")


@dataclass
class Recorder:
    """Collects one exchange, and ends the reading of an answer that does not end.

    :param most_bytes: bytes after which the answer is too long
    :param most_events: events after which it is too long
    """

    most_bytes: int
    most_events: int
    _sent: Sent | None = None
    _head: Head | None = None
    _end: End | None = None
    _reads: list[Read] = field(default_factory=list)
    _arrivals: list[Arrival] = field(default_factory=list)
    _excerpt: bytes = b""
    _size: int = 0
    _overflow: str = ""
    _decoder: EventDecoder = field(default_factory=EventDecoder)

    def take(self, moment: Moment) -> bool:
        """Take the next moment; return False when no more should be read."""
        if isinstance(moment, Sent):
            self._sent = moment
        elif isinstance(moment, Head):
            self._head = moment
        elif isinstance(moment, End):
            self._end = moment
        else:
            self._take_part(moment)
        return not self._overflow

    def _take_part(self, part: Part) -> None:
        self._reads.append(Read(part.ns, len(part.data)))
        self._excerpt += part.data[: EXCERPT - len(self._excerpt)]
        self._size += len(part.data)
        if self._head is None or self._head.media_type == EVENT_STREAM:
            self._take_events(part)
        if self._size > self.most_bytes:
            self._overflow = f"more than {self.most_bytes} bytes arrived"
        elif len(self._reads) > MOST_READS:
            self._overflow = f"it came in more than {MOST_READS} reads"
        elif len(self._arrivals) > self.most_events:
            self._overflow = f"more than {self.most_events} events arrived"

    def _take_events(self, part: Part) -> None:
        try:
            self._arrivals += [Arrival(part.ns, event) for event in self._decoder.feed(part.data)]
        except EventTooLarge as failure:
            self._overflow = str(failure)

    def recording(self) -> Recording:
        """Return what was collected."""
        last = self._reads[-1].ns if self._reads else 0
        return Recording(
            end=self._end or End(last, Ending.CLOSED),
            sent=self._sent,
            head=self._head,
            reads=tuple(self._reads),
            arrivals=tuple(self._arrivals),
            excerpt=self._excerpt,
            incomplete=self._decoder.pending,
            overflow=self._overflow,
        )
