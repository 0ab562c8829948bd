"""Stored responses whose function dies, runs out of time or is cancelled, and whose store fails."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lambda_streaming import CollectedResponse
from lambda_streaming._head import Prelude
from lambda_streaming_store import rows
from lambda_streaming_store.background import BackgroundSink
from lambda_streaming_store.table import Table

from tests.store.streams import CODE
from tests.store.test_chat import Tokens
from tests.support.bedrock import queued
from tests.support.bedrock.queued import START, Bedrock
from tests.support.bedrock.shipped import standin
from tests.support.gateway import Client, Gate
from tests.support.ministack import Ministack
from tests.support.stored_responses import (
    MODEL,
    RESPONSES,
    ask,
    create,
    events,
    follow,
    poll,
    says,
    serving,
    stream,
)
from tests.support.templates import ROOT


@pytest.fixture(name="model")
def _model() -> Iterator[Bedrock]:
    with Bedrock() as running:
        yield running


def test_response_in_the_background_of_a_function_that_was_killed_has_failed(
    table_name: str, table: Table, ministack: Ministack, model: Bedrock, gate: Gate, tmp_path: Path
) -> None:
    function = {"handler": "dying_chat.handler", "code": str(CODE)}
    variables = {"PYTHONPATH": str(ROOT / "lambda_src"), "GATE": gate.address}
    with serving(table_name, ministack, model.url, tmp_path, function, **variables) as api:
        model.send(START, queued.text("Hel"))
        response_id, _ = stream(api, 100, input="Hi", background=True)
        poll(api, response_id, "in_progress")
        process = gate.accept()
        process.let_go()
        # the words of the thread and the end of its process
        while process.hear():
            pass
        key = rows.key_of(rows.partition_key("", response_id[5:]))
        past = {":past": {"N": str(int(time.time()) - 100)}}
        update = {"UpdateExpression": "SET renewed_at = :past", "ExpressionAttributeValues": past}
        # an old lease, of which it takes 2.5 seconds to be sure
        table.call("UpdateItem", {"Key": key, **update})
        status, found = ask(api, "GET", f"/{response_id}")
        assert (status, found["status"], found["error"]["code"]) == (200, "failed", "server_error")
        last = events(follow(api, response_id)[1])
        assert (last[-1]["type"], last[-1]["response"]) == ("response.failed", found)
        assert [each["sequence_number"] for each in last] == list(range(len(last)))
        assert ask(api, "POST", f"/{response_id}/cancel")[1]["status"] == "failed"


def test_response_in_the_background_ends_at_the_deadline_of_its_function(
    table_name: str, ministack: Ministack, model: Bedrock, tmp_path: Path
) -> None:
    with serving(table_name, ministack, model.url, tmp_path, {"function_timeout": 4}) as api:
        model.send(START, queued.text("Hel"))
        response = create(api, input="Hi", background=True)
        done = poll(api, response["id"], "failed")
        assert done["error"]["message"] == "the function ran out of time"


def test_cancel_of_a_response_stops_the_model_that_is_silent(
    table_name: str, ministack: Ministack, tmp_path: Path
) -> None:
    tokens = Tokens()
    with (
        standin(tokens) as bedrock,
        serving(table_name, ministack, bedrock, tmp_path, BEDROCK_MODEL_ID="amazon.nova-lite-v1:0") as api,
    ):
        asking = {"model": "amazon.nova-lite-v1:0", "input": "Tell me a story about a river"}
        tokens.let_go(3)
        status, response = ask(api, "POST", body={**asking, "background": True})
        assert (status, response["status"]) == (200, "queued")
        poll(api, response["id"], "in_progress")
        assert ask(api, "POST", f"/{response['id']}/cancel")[1]["status"] == "cancelled"
        asked = tokens.asked
        tokens.let_go(500)
        # an answer that comes whole, after the one that was stopped
        assert ask(api, "POST", body=asking)[1]["status"] == "completed"
        whole = tokens.asked - asked
        tokens.asked = 0
        tokens.let_go(500)
        ask(api, "POST", body=asking)
        # the model notices with the first token that it writes into a closed connection
        assert whole - tokens.asked <= 2


def test_store_that_fails_breaks_no_answer_that_a_client_waits_for(
    table_name: str, ministack: Ministack, model: Bedrock, tmp_path: Path
) -> None:
    with serving(table_name, ministack, model.url, tmp_path, STREAM_STORE_TABLE="no-such-table") as api:
        model.send(*says("Hello"), *says("Hello"), *says("Hello"))
        assert create(api, input="Hi")["status"] == "completed"
        for background in (False, True):
            response_id, told = stream(api, input="Hi", background=background)
            assert events(told)[-1]["type"] == "response.completed"
            assert ask(api, "GET", f"/{response_id}")[0] == 404
        # nobody would ever see this one
        asked = len(model.asked)
        status, said = ask(api, "POST", body={"model": MODEL, "input": "Hi", "background": True})
        assert (status, said["error"]["type"]) == (503, "overloaded_error")
        status, said = ask(api, "POST", body={"input": "Hi", "previous_response_id": response_id})
        assert status == 503
        assert len(model.asked) == asked
        assert api.logged("the stream is not resumable")


def test_conversation_that_is_too_large_is_answered_and_not_stored(
    table_name: str, ministack: Ministack, model: Bedrock, tmp_path: Path
) -> None:
    with serving(table_name, ministack, model.url, tmp_path, STREAM_STORE_MAX_BYTES="5000") as api:
        model.send(*says("Hello"))
        with Client(api.url) as client:
            text = json.dumps({"model": MODEL, "input": "x" * 6000})
            answer = client.send("POST", f"/prod{RESPONSES}", text, {"content-type": "application/json"})
            response = json.loads(answer.read())
        assert (answer.status, response["status"], response["store"]) == (200, "completed", False)
        assert answer.headers["x-streaming-api-ignored"] == "store"
        assert ask(api, "GET", f"/resp_{answer.headers['x-stream-id']}")[0] == 404
        status, said = ask(api, "POST", body={"input": "x" * 6000, "background": True})
        assert (status, said["error"]["code"]) == (400, "conversation_too_large")


class Gone(CollectedResponse):
    """A client that has left after its first chunk."""

    dropped = False

    def write(self, data: bytes) -> None:
        """Take one chunk."""
        if self.chunks:
            raise BrokenPipeError
        super().write(data)

    def drop(self) -> None:
        """Note that nobody waits."""
        self.dropped = True


def test_background_goes_on_when_the_client_takes_no_more() -> None:
    client = Gone()
    sink = BackgroundSink(client)
    sink.open(Prelude(200, {"content-type": "text/event-stream"}))
    for piece in (b"1", b"2", b"3"):
        sink.write(piece)
    sink.close()
    assert (client.chunks, client.dropped, sink.cut()) == ([b"1"], True, False)


def test_background_answers_in_json_once_and_with_the_headers_of_the_response() -> None:
    client = CollectedResponse()
    sink = BackgroundSink(client, b"{}")
    sink.open(Prelude(200, {"content-type": "text/event-stream", "x-own": "kept"}))
    sink.write(b"data: 1\n\n")
    sink.fail(ValueError())
    sink.drop()
    assert (client.headers, client.chunks) == ({"content-type": "application/json", "x-own": "kept"}, [b"{}"])
