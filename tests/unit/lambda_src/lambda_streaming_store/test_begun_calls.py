"""A call of a table that is sent at once, and answered later."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from lambda_streaming_store import table as table_module
from lambda_streaming_store.errors import ConditionFailed, StoreError
from lambda_streaming_store.table import Table

from tests.support.servers import HttpServer, Request, json_body

PATIENCE = 60


class Dynamo:
    """A table that answers once it is allowed to."""

    def __init__(self) -> None:
        self.allowed = threading.Event()
        self.status = 200
        self.body: dict[str, object] = {"Attributes": {"n": {"N": "1"}}}
        self.server = HttpServer(self._respond)
        self._seen: set[socket.socket] = set()

    @property
    def connections(self) -> int:
        """How many connections requests have come over."""
        return len(self._seen)

    def _respond(self, connection: socket.socket, request: Request) -> bool:
        self._seen.add(connection)
        assert self.allowed.wait(PATIENCE)
        return json_body(self.body, self.status)(connection)


@pytest.fixture(name="dynamo")
def _dynamo() -> Iterator[Dynamo]:
    dynamo = Dynamo()
    with dynamo.server:
        yield dynamo
        dynamo.allowed.set()


@pytest.fixture(name="table")
def _table(dynamo: Dynamo) -> Iterator[Table]:
    environ = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamo.server.url,
    }
    table = Table(environ, "t", timeout=PATIENCE)
    yield table
    table.close()


def connected(table: Table, dynamo: Dynamo) -> None:
    dynamo.allowed.set()
    table.call("UpdateItem", {})
    dynamo.allowed.clear()


def test_begun_call_needs_a_connection(table: Table, dynamo: Dynamo) -> None:
    assert table.begin("UpdateItem", {}) is None
    assert dynamo.server.requests == []


def test_begun_call_is_sent_at_once_and_answered_later(table: Table, dynamo: Dynamo) -> None:
    connected(table, dynamo)
    begun = table.begin("UpdateItem", {"Key": "k"})
    assert begun is not None
    assert not begun.answered(0.01)
    dynamo.allowed.set()
    assert begun.answered(PATIENCE)
    assert begun.answer() == dynamo.body
    sent = json.loads(dynamo.server.requests[-1].body)
    assert sent == {"TableName": "t", "Key": "k"}
    # the connection is kept for the next call
    assert table.call("UpdateItem", {}) == dynamo.body
    assert dynamo.connections == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ConditionalCheckFailedException", ConditionFailed),
        ("ThrottlingException", StoreError),
        ("AccessDeniedException", StoreError),
    ],
)
def test_begun_call_fails_as_a_call_does(
    table: Table, dynamo: Dynamo, code: str, error: type[Exception]
) -> None:
    connected(table, dynamo)
    dynamo.allowed.set()
    dynamo.status, dynamo.body = 400, {"__type": f"com.amazonaws#{code}"}
    begun = table.begin("UpdateItem", {})
    assert begun is not None
    with pytest.raises(error):
        begun.answer()


def test_begun_call_over_a_connection_that_the_server_closed_is_none(table: Table, dynamo: Dynamo) -> None:
    connected(table, dynamo)
    dynamo.server.hang_up()
    assert table._origin is not None
    (idle,) = table._origin._idle
    assert idle.recv(1) == b""  # the end has arrived
    assert table.begin("UpdateItem", {}) is None
    dynamo.allowed.set()
    assert table.call("UpdateItem", {}) == dynamo.body


def test_table_of_two_threads_has_one_connection_to_keep(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []
    second = threading.Event()

    def endpoint(*arguments: object) -> str:
        entered.append(threading.current_thread().name)
        if len(entered) == 2:
            second.set()
        second.wait(0.2)  # for a second one, if it does not wait for the first
        return "http://127.0.0.1:9"

    monkeypatch.setattr(table_module, "endpoint_url", endpoint)
    threads = [threading.Thread(target=table._connected) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(entered) == 1


def test_begun_call_that_is_closed_leaves_no_connection(table: Table, dynamo: Dynamo) -> None:
    connected(table, dynamo)
    begun = table.begin("UpdateItem", {})
    assert begun is not None
    begun.close()
    assert table.begin("UpdateItem", {}) is None
