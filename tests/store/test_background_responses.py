"""Stored responses in the background: they go on without a client, and are polled, followed and stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.bedrock import queued
from tests.support.bedrock.queued import METADATA, START, STOP, Bedrock
from tests.support.gateway import Client, Serving
from tests.support.stored_responses import (
    RESPONSES,
    ask,
    create,
    events,
    follow,
    poll,
    says,
    stream,
)


@pytest.fixture(autouse=True)
def _forgets(model: Bedrock) -> None:
    model.forget()


def messages(model: Bedrock) -> list[dict[str, Any]]:
    """Return the messages of the last request to the model."""
    asked: Any = model.asked[-1][1]["messages"]
    return list(asked)


@pytest.mark.parametrize("size", [1, 400, 2500])
def test_stream_in_the_background_goes_on_without_its_client_and_is_followed(
    api: Serving, model: Bedrock, size: int
) -> None:
    model.send(*says("uncut"))
    model.send(START, queued.text("Hel"), queued.text("lo"))
    uncut = events(stream(api, input="Hi", background=True)[1])
    response_id, first = stream(api, size, input="Hi", background=True)
    with ThreadPoolExecutor(2) as readers:
        # the model has not ended yet
        follower, late = (
            readers.submit(follow, api, response_id, query) for query in ("", "&starting_after=2")
        )
        poll(api, response_id, "in_progress")
        model.send(STOP, METADATA, None)
        status, body = follower.result()
    assert status == 200
    told = events(body)
    assert events(late.result()[1]) == told[3:]
    assert body.startswith(first)
    assert [each["sequence_number"] for each in told] == list(range(len(told)))
    assert [each["type"] for each in told[:4]] == [
        *("response.created", "response.queued", "response.in_progress"),
        "response.output_item.added",
    ]
    assert {each["type"] for each in told} == {each["type"] for each in uncut}
    assert told[0]["response"]["id"] == response_id
    assert told[-1]["response"] == poll(api, response_id, "completed")
    for after in (0, 3, len(told) - 1):
        status, rest = follow(api, response_id, f"&starting_after={after}")
        assert (status, events(rest)) == (200, told[after + 1 :])
    assert follow(api, response_id, "&starting_after=x")[0] == 400


def test_response_in_the_background_answers_at_once_and_is_polled(api: Serving, model: Bedrock) -> None:
    response = create(api, input="Hi", background=True)
    # the model has not said a word
    assert (response["status"], response["background"], response["output"]) == ("queued", True, [])
    assert poll(api, response["id"], "queued")["id"] == response["id"]
    model.send(START, queued.text("Hel"))
    poll(api, response["id"], "in_progress")
    status, said = ask(api, "POST", body={"input": "x", "previous_response_id": response["id"]})
    assert (status, said["error"]["code"]) == (400, "previous_response_in_progress")
    # its events are for who has asked for a stream
    assert follow(api, response["id"])[0] == 400
    model.send(queued.text("lo"), STOP, METADATA, None)
    done = poll(api, response["id"], "completed")
    assert done["output"][0]["content"][0]["text"] == "Hello"
    model.send(*says("Bye"))
    create(api, input="And?", previous_response_id=response["id"])
    assert [each["role"] for each in messages(model)] == ["user", "assistant", "user"]


def test_refusal_of_the_model_in_the_background_is_a_failed_response(api: Serving, model: Bedrock) -> None:
    model.refusal = (400, "ValidationException", "no such thing")
    try:
        response = create(api, input="Hi", background=True)
        done = poll(api, response["id"], "failed")
    finally:
        model.refusal = None
    assert done["error"]["code"] == "invalid_prompt"


@pytest.mark.parametrize("streamed", [False, True])
def test_response_in_the_background_is_cancelled_and_its_model_stops(
    api: Serving, model: Bedrock, streamed: bool
) -> None:
    model.send(START, queued.text("Hel"))
    if streamed:
        response_id, _ = stream(api, 1500, input="Hi", background=True)
    else:
        response_id = create(api, input="Hi", background=True)["id"]
    poll(api, response_id, "in_progress")
    status, response = ask(api, "POST", f"/{response_id}/cancel")
    assert (status, response["status"], response["id"]) == (200, "cancelled", response_id)
    assert ask(api, "POST", f"/{response_id}/cancel") == (200, response)
    assert ask(api, "GET", f"/{response_id}") == (200, response)
    if streamed:
        last = events(follow(api, response_id)[1])[-1]
        assert (last["type"], last["response"]["status"]) == ("response.incomplete", "cancelled")


def test_response_that_runs_is_stopped_by_its_deletion(api: Serving, model: Bedrock) -> None:
    model.send(START, queued.text("Hel"))
    response_id, _ = stream(api, 1, input="Hi", background=True)
    poll(api, response_id, "in_progress")
    with ThreadPoolExecutor(1) as readers:
        with Client(api.url) as client:
            client.ask("GET", f"/prod{RESPONSES}/{response_id}?stream=true")
            follower = client.answer()
            deletion = readers.submit(ask, api, "DELETE", f"/{response_id}")
            last = events(follower.read())[-1]
        assert deletion.result()[0] == 200
    # nothing that ends so is taken for whole
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert ask(api, "GET", f"/{response_id}")[0] == 404
    # the environment is free for another request, whose answer comes from the model
    model.forget()
    model.send(*says("Hello"))
    assert create(api, input="Hi")["status"] == "completed"
