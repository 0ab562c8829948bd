"""Which stream a stop of a chat cancels: the newest that runs, if it is the one that the client means."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from lambda_streaming_store import rows
from lambda_streaming_store.errors import ConditionFailed

OWNER, CHAT = "key alice", "chat-1"
OLD, NEW = "a" * 32, "b" * 32


class Scripted:
    """A table with a chat and two streams, which may change while it is asked."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls = 0
        self.before: dict[int, list[tuple[str, str]]] = {}

    def stream(self, stream_id: str, status: str = rows.STREAMING, owner: str = OWNER) -> None:
        """Have a stream, and a chat whose newest it is."""
        expires = int(time.time()) + 60
        partition = rows.partition_key(owner, stream_id)
        head = rows.put_head(partition, "t", 0, expires)["Item"]
        self.items[partition, rows.HEAD] = {**head, "stream_status": {"S": status}}
        chat = rows.chat_key(owner, CHAT)
        self.items[chat, rows.ACTIVE] = rows.put_active(chat, stream_id, expires)["Item"]

    def flag_of(self, stream_id: str) -> str | None:
        """Return what the writer of a stream is asked for."""
        return rows.cancel_flag(self.items[rows.partition_key(OWNER, stream_id), rows.HEAD])

    @property
    def active(self) -> str | None:
        """The stream of the chat."""
        return rows.active_of(self.items[rows.chat_key(OWNER, CHAT), rows.ACTIVE], time.time())

    def call(self, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        for what in self.before.pop(self.calls, []):
            self.stream(*what)
        key = members["Key"]["pk"]["S"], members["Key"]["sk"]["S"]
        item = self.items.get(key)
        if operation == "GetItem":
            return {"Item": dict(item)} if item else {}
        assert operation == "UpdateItem"
        assert item
        values = members["ExpressionAttributeValues"]
        if ":stream" in values:
            if item.get("stream_id") != values[":stream"]:
                raise ConditionFailed(None)
            del item["stream_id"]
        else:
            item["cancel_flag"] = values[":how"]
        return {}

    def query(self, members: Mapping[str, object]) -> list[Mapping[str, Any]]:
        raise AssertionError("nobody queries")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_TABLE", "t")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture(name="table")
def _table() -> Scripted:
    return Scripted()


def stop(table: Scripted, only: str | None = None, owner: str = OWNER) -> float:
    """Stop the chat, and return how long that has waited, in seconds."""
    from streams import stop as module  # reads the environment

    waited = [0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    module.stop(table, owner, CHAT, only, sleep=sleep, monotonic=lambda: waited[0])
    return waited[0]


@pytest.mark.parametrize("only", [None, NEW])
def test_stop_cancels_the_stream_of_the_chat_which_has_none_then(table: Scripted, only: str | None) -> None:
    table.stream(OLD)
    table.stream(NEW)
    assert stop(table, only) == 0
    assert (table.flag_of(OLD), table.flag_of(NEW), table.active) == (None, rows.CANCEL, None)
    # once more changes nothing
    stop(table, only)
    assert (table.flag_of(OLD), table.active) == (None, None)


def test_stop_of_a_stream_that_is_not_the_newest_stops_nothing(table: Scripted) -> None:
    table.stream(OLD)
    table.stream(NEW)
    assert stop(table, OLD) == 0
    assert (table.flag_of(OLD), table.flag_of(NEW), table.active) == (None, None, NEW)


def test_stop_clears_no_stream_that_has_begun_meanwhile(table: Scripted) -> None:
    table.stream(OLD)
    table.before[4] = [(NEW, rows.STREAMING)]
    stop(table)
    assert (table.flag_of(OLD), table.flag_of(NEW), table.active) == (rows.CANCEL, None, NEW)


def test_stop_waits_for_the_stream_that_is_about_to_be_in_the_table(table: Scripted) -> None:
    table.stream(OLD, rows.ENDED)
    table.before[5] = [(NEW, rows.STREAMING)]
    assert 0 < stop(table) < 1
    assert table.flag_of(NEW) == rows.CANCEL


def test_stop_of_a_chat_without_a_stream_gives_up_after_a_while(table: Scripted) -> None:
    assert 1 < stop(table) < 1.2


def test_stop_of_a_stream_that_has_ended_waits_for_no_other(table: Scripted) -> None:
    table.stream(OLD, rows.ENDED)
    assert stop(table, OLD) == 0
    assert table.flag_of(OLD) is None


def test_stop_of_a_chat_of_somebody_else_stops_nothing(table: Scripted) -> None:
    table.stream(NEW)
    stop(table, owner="key mallory")
    assert (table.flag_of(NEW), table.active) == (None, NEW)


@pytest.mark.parametrize(
    ("body", "base64", "found"),
    [
        (f'{{"activeStreamId": "{NEW}"}}', False, NEW),
        ("eyJhY3RpdmVTdHJlYW1JZCI6ICJ4In0=", True, "x"),
        (None, False, None),
        ("", False, None),
        ("[]", False, None),
        ('{"activeStreamId": 5}', False, None),
        ("{", False, None),
    ],
)
def test_stop_reads_the_stream_that_a_body_names(body: str | None, base64: bool, found: str | None) -> None:
    from streams.stop import _active_stream_id

    assert _active_stream_id({"body": body, "isBase64Encoded": base64}) == found
