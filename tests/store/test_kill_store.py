"""A store that fails, throttles or is slow: streams stay whole, and no reader takes a part for all of one."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import pytest
from lambda_streaming_store import batches
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.table import Table

from tests.store.kills import FORMS, check_rest, keep, rest_of, run, side_by_side

# Of the answers of a table that throttles; never more in a row than a writer has the patience for.
_REFUSED, _IN_A_ROW = 0.4, 3
# Two rows to begin a stream, one batch, and the end.
_FEWEST_CALLS = 4
# The longest that a response may take whose pauses are half a second together, on a machine that is busy.
_PATIENCE = 15.0
# The longest that a table waits for its answer, in seconds.
_TIMEOUT = 1.0


class Faulty:
    """A table with the faults of a seed.

    :param table: the table
    :param fault: ``fails``, ``throttles`` or ``slow``
    :param seed: from which moment on, and how
    """

    def __init__(self, table: Table, fault: str, seed: str) -> None:
        self._table = table
        self._fault = getattr(self, f"_{fault}")
        self._rng = random.Random(seed)
        self._from = self._rng.randrange(_FEWEST_CALLS)
        self._again = self._rng.random() < 0.5
        self._calls = self._refused = 0

    def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        """Call an operation of the table, or not."""
        self._calls += 1
        found: dict[str, Any] = self._fault(operation, members)
        return found

    def _fails(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        if self._calls <= self._from:
            return self._table.call(operation, members)
        raise StoreError(f"{operation}: down", again=self._again)

    def _throttles(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        if self._refused == _IN_A_ROW or self._rng.random() > _REFUSED:
            self._refused = 0
            return self._table.call(operation, members)
        self._refused += 1
        if self._rng.random() < 0.5:  # it has done it, and its answer is lost
            self._table.call(operation, members)
        raise StoreError(f"{operation}: busy", again=True)

    def _slow(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        seconds = self._rng.uniform(0.0, 3.0) if self._calls > self._from else 0.0
        time.sleep(min(seconds, _TIMEOUT))
        found = self._table.call(operation, members)
        if seconds > _TIMEOUT:
            raise StoreError(f"{operation}: no answer", again=True)
        return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", ["fails", "throttles", "slow"])
def test_stream_of_a_store_with_faults_is_whole_and_its_log_never_looks_whole_when_it_is_not(
    patient_table: Table, monkeypatch: pytest.MonkeyPatch, form: str, fault: str
) -> None:
    keep(monkeypatch)
    monkeypatch.setattr(batches, "LONGEST_WAIT", 0.05)

    def kill(seed: int) -> None:
        told = f"{fault} {form} {seed}"
        expected = run(form, seed, patient_table)
        seen = run(form, seed, Faulty(patient_table, fault, told), pace=0.02)
        assert seen.comparable == expected.comparable, told
        # every call may take a second, and three attempts: nothing waits for them but the end, for two
        assert seen.took < _PATIENCE, told
        cut = random.Random(told).randrange(len(seen.body))
        rest, error = rest_of(patient_table, seen.partition, cut)
        check_rest(seen.body, cut, rest, error, told)
        if fault != "slow":
            assert (error is None) == (fault == "throttles"), told

    side_by_side(kill)
