"""What a handler has sent before it runs a tool is in the table before the tool says anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from math import inf

import pytest
from lambda_streaming import keep_now, stream, stream_id
from lambda_streaming_store import batches, recording, rows
from lambda_streaming_store.follow import Follower, StreamUnknown
from lambda_streaming_store.table import Table

PATIENCE = 60.0


def written(table: Table, stream_id: str) -> bytes:
    """Return the first bytes that a reader of a stream gets."""
    for _ in range(1000):
        try:
            return next(iter(Follower(table, rows.partition_key("", stream_id)).chunks(0)))
        except StreamUnknown:
            threading.Event().wait(0.01)
    raise AssertionError("the stream did not begin")


@pytest.mark.parametrize("hurries", [True, False])
def test_event_before_a_tool_is_kept_before_the_next_event(
    table: Table, monkeypatch: pytest.MonkeyPatch, hurries: bool
) -> None:
    # nothing but a full batch, a tool or the end is a reason to write
    monkeypatch.setattr(batches, "LONGEST_WAIT", inf)
    monkeypatch.setattr(recording, "table_of", lambda name: table)
    monkeypatch.setenv("STREAM_STORE_TABLE", "any")
    read: list[bytes] = []

    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"call": "weather"}
        if hurries:
            keep_now()
            read.append(written(table, stream_id() or ""))
        yield {"answer": "rain"}

    response = handler({"requestContext": {}}, None)
    assert len(response.chunks) == 2
    assert read == response.chunks[:1] * hurries
    found = list(table.query(rows.query_all(rows.partition_key("", response.headers["x-stream-id"]))))
    # one row for each batch, one for the head, one for the answer
    assert len(found) == 2 + (2 if hurries else 1)


def test_keep_now_without_a_store_does_nothing() -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"call": "weather"}
        keep_now()
        yield {"answer": "rain"}

    assert len(handler({}, None).chunks) == 2
