"""Write counters in threads, while something else goes on."""

from __future__ import annotations

import threading

from lambda_streaming_store.errors import ConditionFailed, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from lambda_streaming_store.table import BegunCall

    from .counters import Counter

    class CounterTable(Protocol):
        """The part of :class:`lambda_streaming_store.table.Table` that is used."""

        def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
            """Call an operation."""

        def begin(self, operation: str, members: Mapping[str, object]) -> BegunCall | None:
            """Begin to call an operation over a connection that is there."""

        def close(self) -> None:
            """End the connection that is kept."""


_UPDATE = "UpdateItem"
# Seconds for which a call that was begun is waited for; as long as the table itself waits.
_LONGEST = 1.0


class Reservation:
    """Counts what a request may spend, unless a limit is reached.

    Where there is a connection the write is on its way at once, and costs no thread; else a thread makes one.

    :param amounts: unit -> how much
    """

    def __init__(self, table: CounterTable, counter: Counter, amounts: Mapping[str, int]) -> None:
        self.counter = counter
        self.amounts = amounts
        self.table = table
        #: the totals with what is reserved, None while there is no answer or it is another
        self.totals: dict[str, int] | None = None
        #: the totals of a counter that a limit has refused
        self.refused: dict[str, int] | None = None
        self._begun: BegunCall | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write the counter."""
        members = self.counter.reservation(self.amounts)
        self._begun = self.table.begin(_UPDATE, members)
        if self._begun is None:
            self._thread = threading.Thread(
                target=lambda: self._take(lambda: self.table.call(_UPDATE, members)), daemon=True
            )
            self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the answer for some time."""
        if self._thread:
            self._thread.join(seconds)
        elif self._begun and self._begun.answered(seconds):
            begun, self._begun = self._begun, None
            self._take(begun.answer)

    def finish(self) -> None:
        """Wait for the answer as long as the table itself would."""
        if self._thread:
            self._thread.join()
        self.join(_LONGEST)
        if self._begun:
            self._begun.close()

    def _take(self, answer: Callable[[], dict[str, Any]]) -> None:
        try:
            self.totals = self.counter.totals(answer().get("Attributes", {}))
        except ConditionFailed as error:
            self.refused = self.counter.totals(error.item or {})
        except StoreError:
            pass  # it has no totals

    def before(self) -> dict[str, int]:
        """Return the totals without what is reserved."""
        return {
            attribute: total - self.amounts.get(attribute.partition("_")[2], 0)
            for attribute, total in (self.totals or {}).items()
        }


class Settlement(threading.Thread):
    """Counts what a request has spent in place of what was reserved for it.

    :param reservation: which may still be on its way
    :param spent: unit -> how much; nothing for a request that was not answered
    :param failed: called with the error of a counter that was not written
    """

    def __init__(
        self,
        reservation: Reservation,
        spent: Mapping[str, int],
        failed: Callable[[Counter, Exception], None],
    ) -> None:
        super().__init__(name=f"budget of {reservation.counter.scope}", daemon=True)
        self._reservation = reservation
        self._spent = spent
        self._failed = failed

    def run(self) -> None:
        """Write the counter, once more where that may help."""
        reserved = self._reservation
        reserved.finish()
        counted = {} if reserved.totals is None else reserved.amounts
        units = {*counted, *self._spent}
        differences = {unit: self._spent.get(unit, 0) - counted.get(unit, 0) for unit in units}
        if not any(differences.values()):
            return
        request = reserved.counter.settlement(differences)
        try:
            try:
                reserved.table.call(_UPDATE, request)
            except StoreError as error:
                # one that got no answer may have been written, and is not written twice
                if error.__cause__ is not None or not error.again:
                    raise
                reserved.table.call(_UPDATE, request)
        except (StoreError, ConditionFailed) as error:
            self._failed(reserved.counter, error)
