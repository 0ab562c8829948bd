"""What a recorder writes, a follower reads: through a DynamoDB, with the rows and conditions of both."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lambda_streaming_store import rows
from lambda_streaming_store.errors import ConditionFailed, StoreError
from lambda_streaming_store.follow import (
    Follower,
    PositionUnknown,
    StreamCut,
    StreamLost,
    StreamNotKept,
    StreamUnknown,
)
from lambda_streaming_store.recorder import Recorder
from lambda_streaming_store.table import Table

PATIENCE = 60.0
ANSWER = {"status": 201, "headers": {"content-type": "text/plain", "x-several": ["1", "2"]}}


def recorder(table: Table, partition: str, **options: Any) -> Recorder:  # noqa: ANN401
    """Return the writer of a stream."""
    token = options.pop("token", os.urandom(8).hex())
    return Recorder(
        lambda: (table, partition),
        token,
        **{"max_bytes": 1 << 20, "ttl": 3600, "cancel": lambda: None, **options},
    )


def written(table: Table, chunks: list[bytes], status: str = rows.ENDED, **options: Any) -> str:  # noqa: ANN401
    """Write a stream and return its partition key."""
    partition = os.urandom(20).hex()
    log = recorder(table, partition, **options)
    log.begin(ANSWER)
    for chunk in chunks:
        log.append(chunk)
    log.end(status, PATIENCE)
    return partition


def read(table: Table, partition: str, after: int = 0, **clocks: Any) -> bytes:  # noqa: ANN401
    """Return what a reader gets."""
    return b"".join(Follower(table, partition, **clocks).chunks(after))


@settings(deadline=None, max_examples=25)
@given(chunks=st.lists(st.binary(max_size=3000), max_size=8), data=st.data())
def test_log_read_from_any_byte_is_the_rest_of_the_stream(
    table: Table, chunks: list[bytes], data: st.DataObject
) -> None:
    partition, whole = written(table, chunks), b"".join(chunks)
    after = data.draw(st.integers(0, len(whole)))
    assert read(table, partition, after) == whole[after:]


def test_log_of_more_than_one_item_is_read_whole(table: Table) -> None:
    whole = os.urandom(900_000)
    partition = written(table, [whole])
    assert read(table, partition, 300_001) == whole[300_001:]


def test_log_has_status_and_headers_of_the_response(table: Table) -> None:
    assert Follower(table, written(table, [b"x"])).answer() == ANSWER


def test_log_of_a_response_that_was_cut_ends_in_an_error(table: Table) -> None:
    partition = written(table, [b"some"], rows.CUT)
    chunks = Follower(table, partition).chunks(0)
    assert next(chunks) == b"some"
    with pytest.raises(StreamCut):
        next(chunks)


def test_log_of_a_stream_beyond_its_limit_is_not_resumable(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    partition = written(table, [b"a" * 600, b"b" * 600], max_bytes=1000)
    with pytest.raises(StreamNotKept):
        read(table, partition)
    assert [record.message for record in caplog.records] == [
        "the stream is not resumable: it is larger than what is kept"
    ]


def test_log_read_behind_its_end_is_an_error(table: Table) -> None:
    partition = written(table, [b"some"])
    assert read(table, partition, 4) == b""
    with pytest.raises(PositionUnknown):
        read(table, partition, 5)


def test_log_that_has_expired_is_unknown_before_dynamodb_deletes_it(table: Table) -> None:
    partition = written(table, [b"some"], ttl=60)
    with pytest.raises(StreamUnknown):
        Follower(table, partition, now=lambda: 9e9)


def test_log_that_expires_during_a_read_ends_in_an_error(table: Table) -> None:
    partition = os.urandom(20).hex()
    log, clock = recorder(table, partition), [0.0]
    log.begin(ANSWER)
    log.append(b"x" * 2000)
    follower = appeared(table, partition, now=lambda: clock[0])
    chunks = follower.chunks(0)
    next(chunks)
    clock[0] = 9e9
    with pytest.raises(StreamUnknown):
        list(chunks)
    log.end(rows.ENDED, PATIENCE)


def appeared(table: Table, partition: str, **clocks: Any) -> Follower:  # noqa: ANN401
    """Wait for the head of a stream, and return a reader of it."""
    for _ in range(1000):
        try:
            return Follower(table, partition, **clocks)
        except StreamUnknown:
            threading.Event().wait(0.01)
    raise AssertionError("the stream did not begin")


class Turns:
    """A monotonic clock that goes on when a reader sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


def test_log_is_read_whole_from_a_table_that_is_busy_in_between(table: Table) -> None:
    partition, turns = written(table, [b"some ", b"text"]), Turns()

    class Busy:
        """Refuses each first attempt."""

        def __init__(self) -> None:
            self.refused: set[str] = set()

        def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
            self.refuse(f"{operation}{members}")
            return table.call(operation, members)

        def query(self, members: Mapping[str, object]) -> list[Mapping[str, Any]]:
            self.refuse(f"{members}")
            return list(table.query(members))

        def refuse(self, attempt: str) -> None:
            if attempt not in self.refused:
                self.refused.add(attempt)
                raise StoreError("busy", again=True)

    busy = Busy()
    follower = Follower(busy, partition, sleep=turns.sleep, monotonic=turns.monotonic)
    assert b"".join(follower.chunks(2)) == b"me text"
    assert len(busy.refused) == 3


def test_log_of_a_table_that_never_answers_is_given_up() -> None:
    turns = Turns()

    class Silent:
        """Never answers."""

        def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
            raise StoreError("silent", again=True)

        def query(self, members: Mapping[str, object]) -> list[Mapping[str, Any]]:
            raise AssertionError("the head comes first")

    with pytest.raises(StoreError):
        Follower(Silent(), "any", sleep=turns.sleep, monotonic=turns.monotonic)
    assert turns.now - 1000 == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("skew", [-3600, 0, 30])
def test_log_whose_writer_is_gone_ends_in_an_error(table: Table, skew: int) -> None:
    partition, token, turns = os.urandom(20).hex(), "t", Turns()
    now = 1_800_000_000
    table.call("PutItem", rows.put_answer(partition, token, now + 900, ANSWER))
    table.call("PutItem", rows.put_head(partition, token, now, now + 90_000))
    table.call("PutItem", rows.put_batch(partition, token, 0, b"some", now + 900))
    reader = Follower(table, partition, sleep=turns.sleep, monotonic=turns.monotonic, now=lambda: now + skew)
    chunks = reader.chunks(0)
    assert next(chunks) == b"some"
    with pytest.raises(StreamLost):
        next(chunks)
    assert turns.now - 1000 == pytest.approx(6, abs=0.5)


def test_log_of_two_writers_with_one_id_has_the_bytes_of_the_first_alone(table: Table) -> None:
    partition = os.urandom(20).hex()
    first, second = recorder(table, partition), recorder(table, partition)
    first.begin(ANSWER)
    appeared(table, partition)
    second.begin({"status": 500, "headers": {}})
    second.append(b"second")
    first.append(b"first")
    second.end(rows.ENDED, PATIENCE)
    first.end(rows.ENDED, PATIENCE)
    assert read(table, partition) == b"first"
    assert Follower(table, partition).answer() == ANSWER


def test_log_writer_learns_of_the_cancel_from_its_renewal(table: Table) -> None:
    partition, cancelled = os.urandom(20).hex(), threading.Event()
    log = recorder(table, partition, cancel=cancelled.set)
    log.begin(ANSWER)
    appeared(table, partition)
    table.call("UpdateItem", rows.flag(partition, rows.CANCEL))
    assert cancelled.wait(PATIENCE)
    log.append(b"last words")
    log.end(rows.ENDED, PATIENCE)
    assert read(table, partition) == b"last words"


def test_log_cancel_of_an_unknown_stream_fails(table: Table) -> None:
    with pytest.raises(ConditionFailed):
        table.call("UpdateItem", rows.flag("nobody", rows.CANCEL))


def test_log_writer_whose_stream_is_erased_stops(table: Table) -> None:
    partition, cancelled = os.urandom(20).hex(), threading.Event()
    log = recorder(table, partition, cancel=cancelled.set)
    log.begin(ANSWER)
    appeared(table, partition)
    table.call("DeleteItem", {"Key": rows.key_of(partition)})
    assert cancelled.wait(PATIENCE)
    log.append(b"more")
    log.end(rows.ENDED, PATIENCE)
    left: list[Mapping[str, Any]] = list(table.query(rows.query_all(partition)))
    assert [item["sk"]["S"].partition("#")[0] for item in left] == ["answer"]
