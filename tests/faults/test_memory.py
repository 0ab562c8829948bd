"""A function that lives long loses no memory, whether its invocations go well or badly."""

from __future__ import annotations

from tests.faults.memory import BADLY, GROWTH, OBJECTS, WELL, growth


def test_ten_thousand_requests_leave_the_memory_as_it_was() -> None:
    grown = growth(WELL, part=1000, parts=10)
    assert grown.objects <= OBJECTS
    assert grown.resident < GROWTH


def test_two_thousand_failures_leave_the_memory_as_it_was() -> None:
    grown = growth(BADLY, part=1000, parts=2)
    assert grown.objects <= OBJECTS
    assert grown.resident < GROWTH
