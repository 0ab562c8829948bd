"""Write the bytes of a stream to the table from a thread, behind the client that is served first.

The lease is renewed once a second by an update of the head, which brings the cancel flag back. A batch cannot
bring it: a write of DynamoDB checks and returns its own item, a transaction that also checks the head costs
four write units in place of one, and bytes in the head itself would be written a second time to stay.
"""

from __future__ import annotations

import logging
import threading
import time
from math import inf

from . import rows
from .batches import Batches
from .errors import ConditionFailed, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    class Store(Protocol):
        """Calls the operations of the table."""

        def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]: ...


#: Seconds between two renewals of the lease, which also bring the cancel flag.
RENEWAL = 1.0
# How long the store may refuse before it is given up, and the pauses between two attempts, in seconds.
_PATIENCE = 3.0
_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
# A store that has not answered for so long is not waited for at the end of the response.
_SLOW = 1.0
#: The longest that the end of a response waits for the last batch, in seconds.
LAST_WAIT = 2.0
# The rows of the bytes must not expire before the head, which expires a while after the end of the stream: no
# function runs longer ("Lambda quotas", function timeout).
_LONGEST_STREAM = 900

logger = logging.getLogger(__name__)


class Superseded(Exception):
    """The stream is no longer this writer's: it was erased, or another writer has it."""


class Recorder:
    """The log of one stream.

    :param connect: returns the table and the partition key of the stream, once the client is being served
    :param token: the fencing token of this writer
    :param max_bytes: how much of a stream is kept
    :param ttl: how long it is kept after its end, in seconds
    :param cancel: called from another thread when somebody wants the stream to stop
    :param active: returns the row that notes the stream in its chat, given an expiry, if it has a chat.
        Default: - it has none
    """

    def __init__(
        self,
        connect: Callable[[], tuple[Store, str]],
        token: str,
        *,
        max_bytes: int,
        ttl: int,
        cancel: Callable[[], None],
        active: Callable[[int], dict[str, Any] | None] | None = None,
    ) -> None:
        self._connect = connect
        self._token = token
        self._ttl = ttl
        self._cancel = cancel
        self._active = active
        self._batches = Batches(max_bytes)
        self._changed = threading.Condition()
        self._status: str | None = None
        self._given_up = False
        self._told = False
        self._calling_since = inf
        self._beat = 0
        self._expires = 0
        self._thread: threading.Thread | None = None
        self._answer: Mapping[str, object] = {}
        #: Returns what is written before the head, given the partition key and the expiry.
        self.further: Callable[[str, int], list[dict[str, Any]]] | None = None

    def begin(self, answer: Mapping[str, object]) -> None:
        """Keep the head of the response, which the client has already; only the first call begins.

        :param answer: status and headers
        """
        with self._changed:
            if self._thread or self._given_up:
                return
            self._answer = answer
            thread = threading.Thread(target=self._run, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the process has too many
                self._give_up(str(error))
            else:
                self._thread = thread  # which the end of the stream waits for, in another thread

    def write_head(self) -> None:
        """Write the head in the thread of the caller, before there is anything else to keep.

        :raises StoreError: when the table does not take it
        """
        self._answer = {"status": 200, "headers": {}}
        try:
            self._store, self._partition = self._connect()
            self._begin()
        finally:
            self.further = None

    def append(self, data: bytes) -> None:
        """Take bytes that the client has already."""
        with self._changed:
            open_ = self._status is None and not self._given_up
            if open_ and self._batches.add(data, time.monotonic()):
                self._changed.notify_all()

    def keep_now(self) -> None:
        """Write what was appended without waiting for more."""
        with self._changed:
            self._batches.hurry()
            self._changed.notify_all()

    def end(self, status: str, patience: float = LAST_WAIT) -> None:
        """Write what is left, and how the stream ended; wait for it no longer than need be.

        :param status: one of :mod:`rows`
        :param patience: in seconds
        """
        with self._changed:
            if self._status is not None:
                return
            self._status = status
            slow = time.monotonic() - self._calling_since > _SLOW
            thread = self._thread
            self._changed.notify_all()
        if thread:
            thread.join(0 if slow else patience)
            if thread.is_alive():
                # the thread goes on for as long as Lambda lets it
                self._tell("the store did not answer in time")

    def _run(self) -> None:
        try:
            self._store, self._partition = self._connect()
            self._begin()
            renewed_at = time.monotonic()
            while not self._given_up:
                due, ended = self._wait(renewed_at)
                if self._batches.overflown:
                    raise StoreError("it is larger than what is kept", again=False)
                if due:
                    self._put()
                if not ended and time.monotonic() - renewed_at >= RENEWAL:
                    renewed_at = time.monotonic()
                    self._renew()
                if ended and not due:
                    self._finish(self._status or rows.CUT)
                    return
        except StoreError as error:
            self._give_up(str(error))
            self._mark()
        except Superseded:
            self._given_up = True
            self._cancel()
        except Exception as error:  # nothing in here may harm the stream
            self._give_up(repr(error))

    def _wait(self, renewed_at: float) -> tuple[bool, bool]:
        """Wait until there is something to do; return whether a batch is due, and whether this is the end."""
        with self._changed:
            while True:
                now = time.monotonic()
                ended = self._status is not None
                left = self._batches.left(now, ended=ended)
                renewal = renewed_at + RENEWAL - now
                if ended or left <= 0 or renewal <= 0 or self._batches.overflown or self._given_up:
                    return left <= 0, ended
                self._changed.wait(min(left, renewal))

    def _begin(self) -> None:
        now = int(time.time())
        self._expires = now + self._ttl + _LONGEST_STREAM
        self._call("PutItem", rows.put_answer(self._partition, self._token, self._expires, self._answer))
        for row in self.further(self._partition, self._expires) if self.further else ():
            self._call("PutItem", row)
        try:
            self._call("PutItem", rows.put_head(self._partition, self._token, now, self._expires))
        except ConditionFailed as error:
            if not error.item or rows.Head(error.item).token != self._token:
                raise StoreError("another stream has its id", again=False) from error
        if self._active and (active := self._active(self._expires)):
            self._call("PutItem", active)

    def _put(self) -> None:
        with self._changed:
            start, data = self._batches.take(time.monotonic(), ended=self._status is not None)
        row = rows.put_batch(self._partition, self._token, start, data, self._expires)
        try:
            self._call("PutItem", row)
        except ConditionFailed as error:
            # an attempt whose answer was lost has written it
            if not error.item or rows.batch_of(error.item, self._token) != (start, data):
                raise Superseded from error

    def _renew(self) -> None:
        self._beat += 1
        try:
            now = int(time.time())
            answer = self._call("UpdateItem", rows.renew(self._partition, self._token, self._beat, now))
        except ConditionFailed as error:
            raise Superseded from error
        flag = rows.cancel_flag(answer.get("Attributes", {}))
        if flag == rows.ERASE:
            self._finish(rows.ERASED)
            raise Superseded
        if flag:
            self._cancel()

    def _finish(self, status: str) -> None:
        expires = int(time.time()) + self._ttl
        row = rows.finish(self._partition, self._token, status, self._batches.length, expires)
        try:
            self._call("UpdateItem", row)
        except ConditionFailed as error:
            raise Superseded from error

    def _call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        began, pause = time.monotonic(), _PAUSE
        self._calling_since = began
        try:
            while True:
                try:
                    return self._store.call(operation, members)
                except StoreError as error:
                    if not error.again or self._given_up or time.monotonic() - began > _PATIENCE:
                        raise
                with self._changed:
                    self._changed.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._calling_since = inf

    def _give_up(self, reason: str) -> None:
        with self._changed:
            self._given_up = True
            self._changed.notify_all()
        self._tell(reason)

    def _tell(self, reason: str) -> None:
        with self._changed:
            told, self._told = self._told, True
        if not told:
            # the text is what the metric of the construct counts
            logger.warning("the stream is not resumable: %s", reason)

    def _mark(self) -> None:
        """Tell readers, if the store hears it, that the rest of the stream is not to come."""
        try:
            expires = int(time.time()) + self._ttl
            row = rows.finish(self._partition, self._token, rows.NOT_KEPT, self._batches.start, expires)
            self._store.call("UpdateItem", row)
        except (StoreError, ConditionFailed):
            logger.debug("the stream could not be marked")
