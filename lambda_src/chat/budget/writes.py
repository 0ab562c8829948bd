"""Write counters in threads, while something else goes on."""

from __future__ import annotations

import threading

from lambda_streaming_store.errors import ConditionFailed, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from .counters import Counter

    #: Calls UpdateItem on a table.
    Update: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]


class Reservation(threading.Thread):
    """Counts what a request may spend, unless a limit is reached.

    :param amounts: unit -> how much
    """

    def __init__(self, update: Update, counter: Counter, amounts: Mapping[str, int]) -> None:
        super().__init__(name=f"budget of {counter.scope}", daemon=True)
        self.counter = counter
        self.amounts = amounts
        self._update = update
        #: the totals with what is reserved, None while there is no answer or it is another
        self.totals: dict[str, int] | None = None
        #: the totals of a counter that a limit has refused
        self.refused: dict[str, int] | None = None
        self.failure: StoreError | None = None

    def run(self) -> None:
        """Write the counter."""
        try:
            answer = self._update(self.counter.reservation(self.amounts))
            self.totals = self.counter.totals(answer.get("Attributes", {}))
        except ConditionFailed as error:
            self.refused = self.counter.totals(error.item or {})
        except StoreError as error:
            self.failure = error

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
        update: Update,
        reservation: Reservation,
        spent: Mapping[str, int],
        failed: Callable[[Counter, Exception], None],
    ) -> None:
        super().__init__(name=reservation.name, daemon=True)
        self._update = update
        self._reservation = reservation
        self._spent = spent
        self._failed = failed

    def run(self) -> None:
        """Write the counter, once more where that may help."""
        reserved = self._reservation
        reserved.join()
        counted = {} if reserved.totals is None else reserved.amounts
        units = {*counted, *self._spent}
        differences = {unit: self._spent.get(unit, 0) - counted.get(unit, 0) for unit in units}
        if not any(differences.values()):
            return
        request = reserved.counter.settlement(differences)
        try:
            try:
                self._update(request)
            except StoreError as error:
                # one that got no answer may have been written, and is not written twice
                if error.__cause__ is not None or not error.again:
                    raise
                self._update(request)
        except (StoreError, ConditionFailed) as error:
            self._failed(reserved.counter, error)
