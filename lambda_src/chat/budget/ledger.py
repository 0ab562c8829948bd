"""Reserve what a request may spend before the model is asked, and count what it has spent afterwards.

The only module of the package that knows the clock and the table.
"""

from __future__ import annotations

import time

from lambda_streaming_store.table import Table

from .counters import counters, reached, tokens_left, warned
from .limits import Budget
from .periods import Periods
from .refusal import over_budget, unavailable
from .report import DENIED, UNAVAILABLE, UNSETTLED, WARNED, record, write
from .writes import Reservation, Settlement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from .counters import Counter, Gauge
    from .limits import Limit
    from .writes import CounterTable

#: Names the table, and has the limits.
TABLE, LIMITS = "TOKEN_BUDGET_TABLE", "TOKEN_BUDGET"
#: Seconds for which a request waits for the table.
PATIENCE = 0.1
# There are as many scopes, whose counters are written at the same time over a connection each.
_SCOPES = 3


class Ledger:
    """The budget of a function and the table that counts for it.

    :param environ: TOKEN_BUDGET, TOKEN_BUDGET_TABLE, and those of :class:`lambda_streaming_store.table.Table`
    :param tables: the table, once for each scope. Default: - the one that is named
    :param now: seconds since the epoch
    :param report: writes a line of the log
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        tables: Sequence[CounterTable] = (),
        now: Callable[[], float] = time.time,
        report: Callable[[Mapping[str, Any]], None] = write,
    ) -> None:
        self.budget = Budget(environ[LIMITS])
        self._tables = tables or [Table(environ, environ[TABLE]) for _ in range(_SCOPES)]
        self._now = now
        self._report = report
        self._settling: list[Settlement] = []

    def admission(
        self,
        caller: str,
        model: str,
        amounts: Mapping[str, int],
        told: Mapping[str, str],
        of_caller: Iterable[Limit] | None = None,
    ) -> Admission:
        """Begin to reserve what a request may spend.

        :param caller: as it is counted
        :param model: its name
        :param amounts: unit -> how much is reserved
        :param told: what lines of the log say of the caller
        :param of_caller: the limits of this caller. Default: - those of every caller
        """
        found = counters(self.budget.with_callers(of_caller), caller, model, Periods(self._now()))
        reservations = [
            Reservation(table, counter, amounts) for table, counter in zip(self._tables, found, strict=False)
        ]
        return Admission(self, reservations, told, model)

    def settle(self, reservations: Iterable[Reservation], spent: Mapping[str, int]) -> None:
        """Begin to count what a request has spent in place of what was reserved."""
        for reservation in reservations:
            settlement = Settlement(reservation, spent, self._unsettled)
            self._settling.append(settlement)
            settlement.start()

    def finish(self) -> None:
        """Wait until everything is counted; a function that has answered may be frozen."""
        while self._settling:
            self._settling.pop().join()

    def close(self) -> None:
        """End the connections that are kept for the next request."""
        for table in self._tables:
            table.close()

    def report(self, kind: str, gauge: Gauge | None, caller: Mapping[str, str], model: str) -> None:
        """Write a line about a request."""
        limit = gauge.limit if gauge else None
        told = {"scope": limit.scope, "period": limit.period, "unit": limit.unit} if limit else {}
        self._write(kind, {"caller": caller, "model": model, **told})

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._now()

    def _unsettled(self, counter: Counter, error: Exception) -> None:
        self._write(UNSETTLED, {"scope": counter.scope, "cause": str(error)})

    def _write(self, kind: str, members: Mapping[str, Any]) -> None:
        self._report(record(kind, members, self._now(), self.budget.namespace))


class Admission:
    """The reservations of one request, which begin at once.

    :param reservations: one for each scope
    """

    def __init__(
        self, ledger: Ledger, reservations: list[Reservation], caller: Mapping[str, str], model: str
    ) -> None:
        self._ledger = ledger
        self._reservations = reservations
        self._caller = caller
        self._model = model
        self._until = time.monotonic() + PATIENCE
        self._settled = False
        for each in reservations:
            each.start()

    def wait(self) -> None:
        """Wait for the table, but not for long.

        :raises HTTPError: 429 for a request of which a limit is reached; 503 where the table does not answer
            and the deployment says that nobody is let through then
        """
        for each in self._reservations:
            each.join(max(0.0, self._until - time.monotonic()))
        refused = [
            gauge
            for each in self._reservations
            if each.refused is not None
            for gauge in reached(each.counter, each.refused) or each.counter.gauges
        ]
        if refused:
            self.settle({})
            gauge = max(refused, key=lambda gauge: gauge.reset)
            self._ledger.report(DENIED, gauge, self._caller, self._model)
            raise over_budget(gauge, self._ledger.now())
        if any(each.totals is None for each in self._reservations):
            self._ledger.report(UNAVAILABLE, None, self._caller, self._model)
            if not self._ledger.budget.fails_open:
                self.settle({})
                raise unavailable()
        for each in self._reservations:
            for gauge in warned(each.counter, each.before()) if each.totals is not None else ():
                self._ledger.report(WARNED, gauge, self._caller, self._model)

    def tokens_left(self) -> int | None:
        """Return how many tokens are left without what is reserved; None where no limit is in tokens."""
        left = [
            tokens
            for each in self._reservations
            if each.totals is not None and (tokens := tokens_left(each.counter, each.totals)) is not None
        ]
        return min(left, default=None)

    def settle(self, spent: Mapping[str, int]) -> None:
        """Begin to count what the request has spent; only the first call counts.

        :param spent: unit -> how much
        """
        if not self._settled:
            self._settled = True
            self._ledger.settle(self._reservations, spent)
