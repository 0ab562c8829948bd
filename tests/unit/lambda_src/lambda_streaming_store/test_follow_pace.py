"""How far a reader is behind a writer of tokens and how often it asks, on a clock of the test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lambda_streaming_store import rows
from lambda_streaming_store.batches import Batches, with_id
from lambda_streaming_store.follow import Follower

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "limits-and-cost.md").read_text("utf-8")
PARTITION, TOKEN = "p" * 40, "t" * 16
#: seconds: of an answer of the table, and of the stream
ANSWER, LENGTH = 0.005, 30.0


class Scripted:
    """A table with a stream that is written as the clock goes on, and the clock.

    :param rate: events a second
    """

    def __init__(self, rate: float) -> None:
        self.now = 0.0
        self.queries = 0
        self.sent: list[tuple[int, float]] = []
        self._batches: list[tuple[float, int, bytes]] = []
        batches = Batches(1 << 24)
        for number in range(int(LENGTH * rate)):
            at = number / rate
            while (left := batches.left(at)) <= 0:
                self._take(batches, at + left if left > -1 else at)
            event = with_id(bytes(45), batches.length, "0" * 32)
            batches.add(event, at)
            self.sent.append((batches.length, at))
        while batches.left(LENGTH, ended=True) <= 0:
            self._take(batches, LENGTH, ended=True)
        self.length = batches.length

    def _take(self, batches: Batches, at: float, *, ended: bool = False) -> None:
        start, data = batches.take(at, ended=ended)
        self._batches.append((at + ANSWER, start, data))

    @property
    def _head(self) -> dict[str, Any]:
        item: dict[str, Any] = rows.put_head(PARTITION, TOKEN, 0, 10**9)["Item"]
        item["beat_count"] = {"N": str(int(self.now))}
        if self.now > LENGTH + 2 * ANSWER:
            item |= {"stream_status": {"S": rows.ENDED}, "byte_count": {"N": str(self.length)}}
        return item

    def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        """Return the head."""
        self.sleep(ANSWER)
        return {"Item": self._head}

    def query(self, members: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield what there is by now."""
        self.queries += 1
        self.sleep(ANSWER / 2)
        first = members["ExpressionAttributeValues"][":first"]["S"]
        found = [
            rows.put_batch(PARTITION, TOKEN, start, data, 10**9)["Item"]
            for at, start, data in self._batches
            if at <= self.now and rows.batch_sort(TOKEN, start) >= first
        ]
        found.append(self._head)
        self.sleep(ANSWER / 2)
        yield from found

    def sleep(self, seconds: float) -> None:
        """Let time go on."""
        self.now += seconds


def followed(rate: float) -> tuple[float, float]:
    """Return how far a reader is behind at p95, in seconds, and how often it asks in a second."""
    table = Scripted(rate)
    follower = Follower(
        table, PARTITION, sleep=table.sleep, monotonic=lambda: table.now, now=lambda: table.now
    )
    lags: list[float] = []
    sent, end = iter(table.sent), 0
    waiting = next(sent, None)
    for chunk in follower.chunks(0):
        end += len(chunk)
        while waiting and waiting[0] <= end:
            lags.append(table.now - waiting[1])
            waiting = next(sent, None)
    assert len(lags) == len(table.sent)
    return sorted(lags)[int(len(lags) * 0.95)], table.queries / table.now


@pytest.mark.parametrize("rate", [2, 20, 60, 200, 1000])
def test_reader_is_behind_by_less_than_half_a_second_and_asks_seldom(rate: float) -> None:
    behind, asked = followed(rate)
    (told,) = re.findall(r"asks at most (\d+) times a second", PAGE)
    assert behind < 0.5
    assert asked <= int(told)
