"""Two writers with one id, clocks that differ, an expiry during a read: nobody gets a mixture or a part."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator

import pytest
from lambda_streaming_store import batches, recorder, rows
from lambda_streaming_store.follow import Follower, StreamUnknown
from lambda_streaming_store.recorder import Recorder
from lambda_streaming_store.table import Table

from tests.store.kills import FORMS, HANDLERS, check_rest, keep, rest_of, run, side_by_side

ANSWER = {"status": 200, "headers": {}}
#: seconds that a stream is kept
TTL = 3600
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_WAIT", 0.02)


def body(form: str, seed: str) -> list[bytes]:
    """Return the chunks of a handler, without a store."""
    event = {"queryStringParameters": {"seed": seed}, "requestContext": {}}
    chunks: list[bytes] = getattr(HANDLERS, form)(event, None).chunks
    return chunks


class Writer:
    """One of two writers: its chunks, and what becomes of them.

    :param table: the table
    :param partition: the key for which both write
    :param token: of this one
    :param chunks: that it writes
    """

    def __init__(self, table: Table, partition: str, token: str, chunks: list[bytes]) -> None:
        self.cancelled = threading.Event()
        self.token = token
        self.whole = b"".join(chunks)
        self._left: Iterator[bytes] = iter(chunks)
        self._log = Recorder(
            lambda: (table, partition), token, max_bytes=1 << 20, ttl=TTL, cancel=self.cancelled.set
        )

    def begin(self) -> None:
        """Begin the stream."""
        self._log.begin(ANSWER)

    def write(self, number: int) -> None:
        """Write some chunks."""
        for _, chunk in zip(range(number), self._left, strict=False):
            self._log.append(chunk)

    def end(self) -> None:
        """Write the rest, and end the stream."""
        self.write(1000)
        self._log.end(rows.ENDED, PATIENCE)
        assert self._log._thread
        self._log._thread.join(PATIENCE)


def token_of(table: Table, partition: str) -> str | None:
    """Return the token of the writer that has a stream."""
    item = table.call("GetItem", rows.get(partition)).get("Item")
    return rows.Head(item).token if item else None


@pytest.mark.parametrize("form", FORMS)
def test_two_writers_with_one_id_leave_the_stream_of_one_of_them(patient_table: Table, form: str) -> None:
    def kill(seed: int) -> None:
        told = f"two {form} {seed}"
        rng, partition = random.Random(told), os.urandom(20).hex()
        writers = [Writer(patient_table, partition, name, body(form, f"{told} {name}")) for name in "ab"]
        for writer in rng.sample(writers, 2):
            writer.begin()
            time.sleep(rng.choice((0.0, 0.06)))
        for _ in range(6):
            rng.choice(writers).write(rng.randrange(1, 8))
            time.sleep(rng.choice((0.0, 0.03)))
        for writer in rng.sample(writers, 2):
            writer.end()
        token = token_of(patient_table, partition)
        (owner,) = [writer for writer in writers if writer.token == token]
        cut = rng.randrange(len(owner.whole))
        rest, error = rest_of(patient_table, partition, cut)
        assert error is None, told
        check_rest(owner.whole, cut, rest, error, told)

    side_by_side(kill)


@pytest.mark.parametrize("form", FORMS)
def test_writer_that_has_lost_its_stream_writes_nothing_into_the_stream_of_the_next(
    patient_table: Table, form: str
) -> None:
    def kill(seed: int) -> None:
        told = f"fenced {form} {seed}"
        rng, partition = random.Random(told), os.urandom(20).hex()
        first, second = (
            Writer(patient_table, partition, name, body(form, f"{told} {name}")) for name in "ab"
        )
        first.begin()
        while token_of(patient_table, partition) is None:
            time.sleep(0.01)
        first.write(rng.randrange(20))
        # the stream expires, which whoever comes next finds, and of which the first writer knows nothing
        key = {"Key": rows.key_of(partition)}
        past = {
            "UpdateExpression": "SET expires_at = :past",
            "ExpressionAttributeValues": {":past": {"N": "9"}},
        }
        patient_table.call("UpdateItem", {**key, **past})
        second.begin()
        while token_of(patient_table, partition) != second.token:
            time.sleep(0.01)
        for writer in rng.choices((first, second), k=4):
            writer.write(rng.randrange(8))
        for writer in rng.sample((first, second), 2):
            writer.end()
        # whether it renews its lease or ends its stream, the condition on its token fails
        assert first.cancelled.is_set(), told
        assert not second.cancelled.is_set(), told
        head = patient_table.call("GetItem", rows.get(partition))["Item"]
        assert rows.Head(head).token == second.token, told
        assert rows.Head(head).length == len(second.whole), told
        cut = rng.randrange(len(second.whole))
        rest, error = rest_of(patient_table, partition, cut)
        assert error is None, told
        check_rest(second.whole, cut, rest, error, told)

    side_by_side(kill)


class Clock:
    """The clock of one writer's machine, which differs from the reader's.

    :param seconds: by how much, for each thread that has said so
    """

    monotonic = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self.skews: dict[str, float] = {}

    def time(self) -> float:
        """Return the time of the thread."""
        return time.time() + self.skews.get(threading.current_thread().name, 0.0)


@pytest.mark.parametrize("form", FORMS)
def test_stream_of_a_writer_with_another_clock_is_followed_to_its_end(
    patient_table: Table, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    clock = Clock()
    monkeypatch.setattr(recorder, "time", clock)

    def kill(seed: int) -> None:
        told = f"skew {form} {seed}"
        rng, partition = random.Random(told), os.urandom(20).hex()
        chunks = body(form, told)
        whole = b"".join(chunks)
        log = Recorder(
            lambda: (patient_table, partition), told, max_bytes=1 << 20, ttl=TTL, cancel=lambda: None
        )
        log.begin(ANSWER)
        assert log._thread
        # before it has waited for its first byte
        log._thread.name = told
        clock.skews[told] = rng.uniform(-TTL, TTL) * 0.9
        for chunk in chunks[:5]:
            log.append(chunk)
        while token_of(patient_table, partition) is None:
            time.sleep(0.01)
        cut = rng.randrange(len(whole) // 2)
        got: list[bytes] = []

        def follow() -> None:
            got.extend(Follower(patient_table, partition).chunks(cut))

        reader = threading.Thread(target=follow)
        reader.start()
        for chunk in chunks[5:]:
            log.append(chunk)
            time.sleep(rng.random() * 0.1)
        log.end(rows.ENDED, PATIENCE)
        reader.join(PATIENCE)
        assert whole[:cut] + b"".join(got) == whole, told

    side_by_side(kill)


@pytest.mark.parametrize("form", FORMS)
def test_stream_that_expires_during_a_read_never_ends_as_if_it_were_whole(
    patient_table: Table, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    keep(monkeypatch)

    def kill(seed: int) -> None:
        told = f"ttl {form} {seed}"
        rng = random.Random(told)
        seen = run(form, seed, patient_table)
        head = patient_table.call("GetItem", rows.get(seen.partition))["Item"]
        # a reader comes while it is written, and has read some of it when it expires
        patient_table.call("PutItem", {"Item": {**head, "stream_status": {"S": rows.STREAMING}}})
        looks = rng.randrange(6)
        looked = [0]

        def now() -> float:
            looked[0] += 1
            return time.time() if looked[0] <= looks else 9e9

        def written(seconds: float) -> None:
            assert looked[0] < 1000, "the reader does not notice"
            if looked[0] == looks and rng.random() < 0.5:
                patient_table.call("PutItem", {"Item": head})

        cut = rng.randrange(len(seen.body))
        try:
            rest, error = rest_of(patient_table, seen.partition, cut, now=now, sleep=written)
        except StreamUnknown:
            return
        assert isinstance(error, StreamUnknown), told
        check_rest(seen.body, cut, rest, error, told)

    side_by_side(kill)
