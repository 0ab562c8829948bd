"""When bytes are written and in what batches, and the ids of events, on a clock of the test."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lambda_streaming_store import rows
from lambda_streaming_store.batches import ENOUGH, LONGEST_WAIT, ROW, WRITE_UNIT, Batches, with_id

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "limits-and-cost.md").read_text("utf-8")
STREAM = "0123456789abcdef" * 2


@settings(deadline=None)
@given(chunks=st.lists(st.binary(min_size=1, max_size=5000), max_size=20), ended=st.booleans())
def test_batches_joined_are_the_stream(chunks: list[bytes], ended: bool) -> None:
    batches, found, end = Batches(1 << 20), b"", 0
    for number, chunk in enumerate(chunks):
        batches.add(chunk, float(number))
        while batches.left(float(number), ended=ended) <= 0:
            start, data = batches.take(float(number), ended=ended)
            assert (start, bool(data)) == (end, True)
            found, end = found + data, end + len(data)
    while batches.left(math.inf, ended=True) <= 0:
        found += batches.take(0.0, ended=True)[1]
    assert found == b"".join(chunks)


def test_batch_is_due_when_it_is_full_or_has_waited() -> None:
    batches = Batches(1 << 20)
    assert batches.left(0.0) == math.inf
    batches.add(b"x", 10.0)
    batches.add(b"y", 10.1)
    assert batches.left(10.1) == pytest.approx(LONGEST_WAIT - 0.1)
    assert batches.left(10.1, ended=True) == 0
    batches.add(b"z" * ENOUGH, 10.1)
    assert batches.left(10.1) == 0
    assert len(batches.take(10.1)[1]) == ENOUGH
    # what is left waits anew
    assert batches.left(10.1) == pytest.approx(LONGEST_WAIT)


def test_batch_that_is_in_a_hurry_is_due_with_all_that_was_there() -> None:
    batches = Batches(1 << 20)
    batches.hurry()
    assert batches.left(0.0) == math.inf
    batches.add(b"x" * (ENOUGH + 10), 0.0)
    batches.hurry()
    assert batches.take(0.0) == (0, b"x" * (ENOUGH + 10))
    batches.add(b"y", 1.0)
    assert batches.left(1.0) == pytest.approx(LONGEST_WAIT)
    batches.hurry()
    assert batches.left(1.0) == 0
    assert batches.take(1.0) == (ENOUGH + 10, b"y")


def test_batches_beyond_the_limit_are_let_go() -> None:
    batches = Batches(10)
    batches.add(b"x" * 10, 0.0)
    assert not batches.overflown
    batches.add(b"x", 0.0)
    assert batches.overflown
    assert batches.left(9.0) == math.inf


def test_row_of_a_full_batch_is_one_write_unit() -> None:
    partition = rows.partition_key("owner", STREAM)
    item = rows.put_batch(partition, "0" * 16, 10, b"", 1_800_000_000)["Item"]
    names = sum(map(len, item))
    values = len(item["pk"]["S"]) + len(item["sk"]["S"])
    # a number takes a byte for each two digits and one more: the guide's "Item sizes and formats"
    number = math.ceil(len(item["expires_at"]["N"]) / 2) + 1
    assert names + values + number <= ROW
    assert ENOUGH + ROW == WRITE_UNIT


@settings(deadline=None)
@given(event=st.binary(max_size=2000), start=st.integers(0, 10**9))
def test_id_of_an_event_is_the_offset_at_which_it_ends(event: bytes, start: int) -> None:
    numbered = with_id(event + b"\n\n", start, STREAM)
    # the last line: fetch-event-source would name an event that it has only the beginning of
    found = re.search(rb"\nid: ([0-9a-f]{32})\.(\d+)\n\n\Z", numbered)
    assert found
    assert numbered[: found.start()] == event
    assert int(found[2]) == start + len(numbered)


def test_cost_docs_write_units_are_those_of_the_batches() -> None:
    told = {
        row[0]: float(row[-1])
        for line in PAGE.partition("| figure | how | value |")[2].partition("\n\n")[0].splitlines()[2:]
        for row in [[cell.strip() for cell in line.strip("| ").split("|")]]
    }
    event = bytes(43) + b"\n\n"
    batches, writes, units = Batches(1 << 20), 0, 0
    for number in range(600):
        now = number / 60
        batches.add(with_id(event, batches.length, STREAM), now)
        while batches.left(now) <= 0:
            writes += 1
            units += math.ceil((len(batches.take(now)[1]) + ROW) / WRITE_UNIT)
    units += math.ceil((len(batches.take(10.0, ended=True)[1]) + ROW) / WRITE_UNIT)
    assert batches.length == pytest.approx(told["bytes of an answer with the ids of its events"], rel=0.02)
    assert units == pytest.approx(told["write units of its batches"], abs=1)
