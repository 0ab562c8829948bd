"""Read a stream from the table: what was sent, then what is still coming, then the end as it was."""

from __future__ import annotations

import time
from math import inf

from . import rows
from .errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Protocol, TypeVar

    Result = TypeVar("Result")

    class Rows(Protocol):
        """Reads the table."""

        def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]: ...
        def query(self, members: Mapping[str, object]) -> Iterable[Mapping[str, Any]]: ...


#: Seconds without a renewal after which a writer is lost. It renews once a second, and gives up after three.
LEASE = 6.0
# For a lease that ran out long ago by the writer's clock, which may differ from the reader's by less than
# this, a few missed renewals are enough. Both in seconds.
_SKEW, _MISSED = 60.0, 2.5
# Seconds between two polls: short after news, up to the longest in silence. A writer of tokens has news five
# times a second, so that half the shortest would ask in vain twice as often.
_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.1, 1.5, 0.25
# How long a table may be busy or silent until a reader gives it up, in seconds.
_PATIENCE = 5.0
# How often the rows of an ended stream are asked for again when they were not complete.
_ATTEMPTS = 5


class StreamUnknown(Exception):
    """There is no such stream of this owner: it never was, has expired or was erased."""


class StreamLost(Exception):
    """The writer is gone without an end, as when Lambda killed it."""


class StreamCut(Exception):
    """The first client's response was cut, and so is every other."""


class StreamNotKept(Exception):
    """The store was not able to keep the rest of the stream."""


class PositionUnknown(Exception):
    """The stream has ended before the position that the reader asks for."""


class Liveness:
    """Tells whether a writer still renews its lease, by the reader's own clock."""

    def __init__(self) -> None:
        self._beat = -1
        self._changed_at = -inf

    def lost(self, head: rows.Head, monotonic: float, now: float) -> bool:
        """Return whether the writer of a head is gone.

        :param monotonic: the reader's monotonic clock
        :param now: its clock, in seconds since the epoch
        """
        if head.beat != self._beat:
            self._beat, self._changed_at = head.beat, monotonic
        unchanged = monotonic - self._changed_at
        return unchanged > LEASE or (unchanged > _MISSED and now - head.renewed > LEASE + _SKEW)


class Follower:
    """One reader of one stream.

    :param store: the table
    :param partition: the partition key of the stream
    :raises StreamUnknown: when there is no such stream
    """

    def __init__(
        self,
        store: Rows,
        partition: str,
        *,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._partition = partition
        self._sleep = sleep
        self._monotonic = monotonic
        self._now = now
        self.head = self._current(self._item(rows.HEAD))

    def answer(self) -> Mapping[str, Any]:
        """Return status and headers of the stream.

        :raises StreamUnknown: when the stream has just gone
        """
        item = self._item(rows.answer_sort(self.head.token))
        if item is None:
            raise StreamUnknown
        return rows.answer_of(item)

    def chunks(self, after: int) -> Iterator[bytes]:
        """Yield the bytes behind an offset, as they come; the iterator ends if the stream ended whole.

        :raises StreamUnknown: when the stream expires or is erased meanwhile
        :raises StreamLost: when its writer is gone
        :raises StreamCut: at the end of a response that was cut
        :raises StreamNotKept: where the log ends and the stream went on
        :raises PositionUnknown: when the stream has no such offset
        """
        token, liveness, pause, attempts = self.head.token, Liveness(), _PAUSE, 0
        end = self._batch_at(after)
        while True:
            began, head = end, None
            for item in self._rows(rows.query_from(self._partition, token, end)):
                batch = rows.batch_of(item, token)
                if item[rows.SORT]["S"] == rows.HEAD:
                    head = self._current(item)
                elif batch and batch[0] == end:
                    end += len(batch[1])
                    if end > after:
                        yield batch[1][max(0, after - batch[0]) :]
            if head is None or head.token != token or head.status == rows.ERASED:
                raise StreamUnknown
            if head.status == rows.STREAMING:
                if liveness.lost(head, self._monotonic(), self._now()):
                    raise StreamLost
            elif head.status == rows.NOT_KEPT:
                raise StreamNotKept
            # the head is read after the rows, and may be newer than they are
            elif end == head.length:
                _check_end(head, after)
                return
            elif (attempts := attempts + 1) > _ATTEMPTS:
                raise StreamLost
            pause = _PAUSE if end > began else min(pause * _GROWTH, _LONGEST_PAUSE)
            self._sleep(pause)

    def _batch_at(self, after: int) -> int:
        """Return the offset of the batch that the byte at an offset is in."""
        if after == 0:
            return 0
        query = rows.query_before(self._partition, self.head.token, after)
        found = [rows.batch_of(item, self.head.token) for item in self._rows(query)]
        return found[0][0] if found and found[0] else 0

    def _item(self, sort: str) -> Mapping[str, Any] | None:
        answer = self._patiently(lambda: self._store.call("GetItem", rows.get(self._partition, sort)))
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def _rows(self, query: Mapping[str, object]) -> list[Mapping[str, Any]]:
        return self._patiently(lambda: list(self._store.query(query)))

    def _patiently(self, read: Callable[[], Result]) -> Result:
        """Return what a read returns, which is tried again while the table is busy or does not answer."""
        until = self._monotonic() + _PATIENCE
        while True:
            try:
                return read()
            except StoreError as error:
                if not error.again or self._monotonic() > until:
                    raise
            self._sleep(_LONGEST_PAUSE)

    def _current(self, item: Mapping[str, Any] | None) -> rows.Head:
        """Return a head that has not expired: DynamoDB deletes days late."""
        if item is None or (head := rows.Head(item)).expires <= self._now():
            raise StreamUnknown
        return head


def _check_end(head: rows.Head, after: int) -> None:
    if head.length is None or after > head.length:
        raise PositionUnknown
    if head.status == rows.CUT:
        raise StreamCut
