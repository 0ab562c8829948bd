"""Decide when the bytes of a stream are written, and in what batches."""

from __future__ import annotations

from math import inf

#: The longest that a byte waits, in seconds.
LONGEST_WAIT = 0.2
#: "Amazon DynamoDB Developer Guide", on-demand-capacity-mode: the bytes of one write unit, and what of them a
#: row has beside the bytes of the stream: the names of its attributes, its key and its expiry.
WRITE_UNIT, ROW = 1024, 106
#: Enough for a batch: with the rest of its row it is one write unit.
ENOUGH = WRITE_UNIT - ROW
#: The largest batch. An item of DynamoDB has 400 KB at most, in which bytes count as themselves.
LARGEST = 256 * 1024


class Batches:
    """The bytes that have been sent and are not in the table yet.

    :param limit: how many bytes a stream may have, to be kept
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._since = inf
        self._hurried = 0
        self.start = 0
        self.length = 0

    @property
    def overflown(self) -> bool:
        """True once the stream has more bytes than are kept."""
        return self.length > self._limit

    @property
    def enough(self) -> bool:
        """True if there is a batch to be written at once."""
        return len(self._pending) >= ENOUGH

    def add(self, data: bytes, now: float) -> bool:
        """Take what was sent; return whether that changes when there is something to do."""
        self.length += len(data)
        if self.length > self._limit:
            self._pending.clear()
            return True
        waiting = bool(self._pending)
        if not waiting:
            self._since = now
        self._pending += data
        return not waiting or len(self._pending) >= ENOUGH

    def hurry(self) -> None:
        """Have what is there written at once, however little it is."""
        self._hurried = self.length

    def left(self, now: float, *, ended: bool = False) -> float:
        """Return the seconds until a batch is due; not above zero when one is."""
        if not self._pending:
            return inf
        at_once = ended or self.enough or self.start < self._hurried
        return 0.0 if at_once else self._since + LONGEST_WAIT - now

    def take(self, now: float, *, ended: bool = False) -> tuple[int, bytes]:
        """Return the next batch and the offset of its first byte.

        A batch that is not due for another reason has as many bytes as whole write units pay for.
        """
        size, start = min(len(self._pending), LARGEST), self.start
        if not ended and size >= ENOUGH and start + size > self._hurried:
            size = (size + ROW) // WRITE_UNIT * WRITE_UNIT - ROW
        data = bytes(self._pending[:size])
        del self._pending[:size]
        self.start += len(data)
        self._since = now
        return start, data


def with_id(event: bytes, start: int, stream_id: str) -> bytes:
    """Return a server-sent event with an id that names the stream and the offset at which the event ends.

    The id comes last: fetch-event-source takes it with its line, before it has the event, and would never see
    the event of a connection that breaks between the two.

    :param event: without an id
    :param start: the offset of its first byte
    """
    known = start + len("id: .\n") + len(stream_id) + len(event)
    digits = len(str(known))
    if len(str(known + digits)) > digits:  # the number itself has made it longer
        digits += 1
    return b"%bid: %b.%d\n\n" % (event[:-1], stream_id.encode(), known + digits)
