"""Whose a kept response is, how long, and what is told of one that is not whole: on a DynamoDB."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from chat.formats.responses import state
from chat.json_body import DroppedMembers, JsonObject
from lambda_streaming import HTTPError
from lambda_streaming_store import request_rows, rows
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.responses import KeptResponse, failed
from lambda_streaming_store.table import Table

from tests.support.ministack import Ministack

ITEM = {"type": "message", "id": "msg_1", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
TOKEN = "0123456789abcdef"


def event(key: str, response_id: str) -> dict[str, Any]:
    """Return a request of the owner of an API key."""
    return {
        "path": f"/v1/responses/{response_id}",
        "pathParameters": {"responseId": response_id},
        "requestContext": {"identity": {"apiKeyId": key}},
    }


def response(status: str, stream_id: str) -> dict[str, Any]:
    output = [{"type": "message", "id": f"msg_{stream_id}_0", "role": "assistant", "content": "Hello"}]
    return {"object": "response", "id": f"resp_{stream_id}", "status": status, "output": output}


def keep(
    table: Table,
    *,
    key: str = "alice",
    status: str = rows.ENDED,
    told: tuple[str, ...] = ("in_progress", "completed"),
    background: bool = False,
    expires: int = 600,
    renewed: float = 0,
    items: list[dict[str, Any]] | None = None,
) -> str:
    """Write the rows of a response, and return its id."""
    stream_id = os.urandom(16).hex()
    partition = rows.partition_key(owner_of(event(key, "")), stream_id)
    now = int(time.time())
    asked = {"input": items or [ITEM], "background": background, "stream": True}
    for row in request_rows.put_request(partition, request_rows.encoded(asked), now + expires):
        table.call("PutItem", row)
    log = b"".join(
        b"event: response.%b\ndata: %b\n\n"
        % (
            each.encode(),
            json.dumps({"sequence_number": number, "response": response(each, stream_id)}).encode(),
        )
        for number, each in enumerate(told)
    )
    table.call("PutItem", rows.put_answer(partition, TOKEN, now + expires, {"status": 200, "headers": {}}))
    table.call("PutItem", rows.put_head(partition, TOKEN, int(now - renewed), now + expires))
    table.call("PutItem", rows.put_batch(partition, TOKEN, 0, log, now + expires))
    if status != rows.STREAMING:
        table.call("UpdateItem", rows.finish(partition, TOKEN, status, len(log), now + expires))
    return f"resp_{stream_id}"


@pytest.fixture(name="routes")
def _routes(ministack: Ministack, table_name: str, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return the modules of the functions, whose environment is that of the table."""
    for name, value in {**ministack.environment, "STREAM_STORE_TABLE": table_name}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STREAM_TABLE", table_name)
    from streams import request, responses

    monkeypatch.setattr(request, "_PATIENCE", 0)
    return SimpleNamespace(answer=responses.answer, cancel=responses.cancel, found=responses.found)


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """Return status and code of the error of a call."""
    with pytest.raises(HTTPError) as caught:
        call()
    return caught.value.status, caught.value.code


def whole(key: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return the input of a request, as the model is asked."""
    asked = JsonObject({"store": False, **body}, dropped=DroppedMembers())
    state.State(SimpleNamespace(event=event(key, "")), asked)  # type: ignore[arg-type]
    return asked.value["input"]


def test_response_of_somebody_else_is_unknown_everywhere(table: Table, routes: SimpleNamespace) -> None:
    mine = keep(table, background=True)
    assert routes.answer(table, event("alice", mine)).body["id"] == mine
    for route in (routes.answer, routes.cancel, routes.found):
        assert refused(partial(route, table, event("bob", mine))) == (404, "response_not_found")
    asked = {"input": "And?", "previous_response_id": mine}
    assert [item.get("id") for item in whole("alice", asked)] == [
        *("msg_1", f"msg_{mine[5:]}_0"),
        None,
    ]
    assert refused(lambda: whole("bob", asked)) == (400, "previous_response_not_found")
    reference = {"input": [{"type": "item_reference", "id": f"msg_{mine[5:]}_0"}]}
    assert whole("alice", reference) == response("completed", mine[5:])["output"]
    assert refused(lambda: whole("bob", reference)) == (404, "item_not_found")


def test_response_that_has_expired_is_unknown(table: Table, routes: SimpleNamespace) -> None:
    old = keep(table, expires=-1)
    assert refused(lambda: routes.answer(table, event("alice", old))) == (404, "response_not_found")
    asked = {"input": "And?", "previous_response_id": old}
    assert refused(lambda: whole("alice", asked)) == (400, "previous_response_not_found")


@pytest.mark.parametrize("status", [rows.CUT, rows.NOT_KEPT])
def test_response_that_is_not_whole_is_failed_in_the_background_and_unknown_otherwise(
    table: Table, routes: SimpleNamespace, status: str
) -> None:
    told = ("queued", "in_progress")
    behind = keep(table, status=status, told=told, background=True)
    found = routes.answer(table, event("alice", behind)).body
    assert (found["status"], found["error"]["code"]) == ("failed", "server_error")
    before = keep(table, status=status, told=told)
    assert refused(lambda: routes.answer(table, event("alice", before)))[0] == 404


def test_response_of_a_writer_with_a_fresh_lease_goes_on_and_of_a_lost_one_has_failed(
    table: Table, routes: SimpleNamespace
) -> None:
    told = ("queued", "in_progress")
    fresh = keep(table, status=rows.STREAMING, told=told, background=True)
    assert routes.answer(table, event("alice", fresh)).body["status"] == "in_progress"
    # its lease ran out long ago: 2.5 seconds without a renewal tell it
    lost = keep(table, status=rows.STREAMING, told=told, background=True, renewed=100)
    assert routes.answer(table, event("alice", lost)).body["status"] == "failed"
    # a clock that is wrong is no reason, while the lease is renewed
    skewed = keep(table, status=rows.STREAMING, told=told, background=True, renewed=100)
    kept = routes.found(table, event("alice", skewed))
    beats = iter(range(1, 9))

    def renewed_meanwhile(_seconds: float) -> None:
        row = rows.renew(kept.partition, TOKEN, next(beats), int(time.time()) - 100)
        table.call("UpdateItem", row)

    assert kept.lost(sleep=renewed_meanwhile) is False


def test_request_larger_than_an_item_is_split_and_one_without_all_of_its_rows_is_none(
    table: Table, routes: SimpleNamespace
) -> None:
    # random, so that it is as large when it is compressed
    text = os.urandom(500_000).hex()
    large = [{**ITEM, "content": [{"type": "input_text", "text": text}]}]
    stored = keep(table, items=large)
    kept = routes.found(table, event("alice", stored))
    assert kept.input == large
    found = list(table.query(request_rows.query_request(kept.partition)))
    assert len(found) > 1
    assert request_rows.request_of(found[:-1]) is None
    key = {name: found[0][name] for name in (rows.PARTITION, rows.SORT)}
    table.call("DeleteItem", {"Key": key})
    with pytest.raises(StreamUnknown):
        KeptResponse(table, owner_of(event("alice", "")), stored[5:])


@pytest.mark.parametrize("identity", [None, "", 7, [], {}, ["x"], {"a": 1}, "msg_1", "x" * 100_000])
def test_reference_that_is_none_is_refused_as_an_unknown_item(
    routes: SimpleNamespace, identity: object
) -> None:
    asked = {"input": [{"type": "item_reference", "id": identity}]}
    assert refused(lambda: whole("alice", asked)) == (404, "item_not_found")


@pytest.mark.parametrize("given", [None, 7, {}, ["text"], [["x"]], [{"type": ["x"]}, 7]])
def test_input_that_is_none_is_left_to_whoever_reads_it(routes: SimpleNamespace, given: object) -> None:
    assert whole("alice", {"input": given}) == given


@pytest.mark.parametrize(
    "body", [{"store": "yes"}, {"background": 1}, {"previous_response_id": 5}, {"stream": "true"}]
)
def test_member_of_the_wrong_type_is_refused(routes: SimpleNamespace, body: dict[str, Any]) -> None:
    assert refused(lambda: whole("alice", {"input": "Hi", **body})) == (400, "invalid_type")


def test_failed_response_keeps_what_it_was() -> None:
    assert failed({"id": "resp_1", "status": "queued"}, "why") == {
        "id": "resp_1",
        "status": "failed",
        "error": {"code": "server_error", "message": "why"},
    }
