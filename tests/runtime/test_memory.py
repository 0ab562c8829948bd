"""Hold the memory of a function to what it was, in the short form of tests/faults/test_memory.py."""

from __future__ import annotations

import pytest

from tests.faults.memory import BADLY, GROWTH, OBJECTS, WELL, Invocation, growth


@pytest.mark.parametrize("invocations", [WELL, BADLY], ids=["requests", "failures"])
def test_hundreds_of_invocations_leave_the_memory_as_it_was(invocations: list[Invocation]) -> None:
    grown = growth(invocations, part=300, parts=2)
    assert grown.objects <= OBJECTS
    assert grown.resident < GROWTH
