"""Stored responses of OpenAI's API: read, continued, followed, cancelled and deleted by their ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.bedrock import queued
from tests.support.bedrock.queued import METADATA, START, STOP, Bedrock
from tests.support.gateway import Client, Serving
from tests.support.ministack import Ministack
from tests.support.stored_responses import (
    MODEL,
    RESPONSES,
    THOUGHT,
    TOOLS,
    ask,
    calls,
    create,
    events,
    follow,
    poll,
    says,
    serving,
    stream,
)


@pytest.fixture(scope="module", name="model")
def _model() -> Iterator[Bedrock]:
    with Bedrock() as running:
        yield running


@pytest.fixture(scope="module", name="api")
def _api(
    table_name: str, ministack: Ministack, model: Bedrock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    with serving(table_name, ministack, model.url, tmp_path_factory.mktemp("responses")) as running:
        yield running


@pytest.fixture(autouse=True)
def _forgets(model: Bedrock) -> None:
    model.forget()


def messages(model: Bedrock) -> list[dict[str, Any]]:
    """Return the messages of the last request to the model."""
    asked: Any = model.asked[-1][1]["messages"]
    return list(asked)


@pytest.mark.parametrize("streamed", [False, True])
def test_response_is_stored_by_default_and_read_by_its_id(
    api: Serving, model: Bedrock, streamed: bool
) -> None:
    model.send(*says("Hel", "lo"))
    response = events(stream(api, input="Hi")[1])[-1]["response"] if streamed else create(api, input="Hi")
    assert response["store"] is True
    assert re.fullmatch("resp_[0-9a-f]{32}", response["id"])
    assert ask(api, "GET", f"/{response['id']}") == (200, response)
    status, page = ask(api, "GET", f"/{response['id']}/input_items?include[]=x")
    assert status == 200
    (item,) = page["data"]
    assert (item["role"], item["content"]) == ("user", [{"type": "input_text", "text": "Hi"}])
    assert page == {
        "object": "list",
        "data": [item],
        "first_id": item["id"],
        "last_id": item["id"],
        "has_more": False,
    }


def test_response_that_is_not_to_be_stored_is_not(api: Serving, model: Bedrock) -> None:
    model.send(*says("Hello"))
    response = create(api, input="Hi", store=False)
    assert response["store"] is False
    status, said = ask(api, "GET", f"/{response['id']}")
    assert (status, said["error"]["type"]) == (404, "invalid_request_error")
    status, said = ask(api, "POST", body={"input": "Hi", "store": False, "background": True})
    assert (status, said["error"]["param"]) == (400, "store")


def test_conversation_goes_on_over_three_turns_with_a_tool_and_reasoning(
    api: Serving, model: Bedrock
) -> None:
    model.send(*calls("weather"), *says("Rain"), *says("Bye"))
    first = create(api, input="Weather?", tools=TOOLS, instructions="Be brief")
    call = next(item for item in first["output"] if item["type"] == "function_call")
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "rain"}
    second = create(api, input=[result], tools=TOOLS, previous_response_id=first["id"])
    assert second["previous_response_id"] == first["id"]
    third = create(api, input="Thanks", tools=TOOLS, previous_response_id=second["id"])
    assert messages(model) == [
        {"role": "user", "content": [{"text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [
                THOUGHT,
                {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}},
            ],
        },
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t-1", "content": [{"text": "rain"}]}}]},
        {"role": "assistant", "content": [{"text": "Rain"}]},
        {"role": "user", "content": [{"text": "Thanks"}]},
    ]
    # instructions are of one turn
    assert "system" not in model.asked[-1][1]
    kinds = [item["type"] for item in ask(api, "GET", f"/{third['id']}/input_items?order=asc")[1]["data"]]
    assert kinds == [
        *("message", "reasoning", "function_call", "function_call_output"),
        *("message", "message"),
    ]


def test_input_items_come_in_pages_of_either_order(api: Serving, model: Bedrock) -> None:
    model.send(*says("Hello"))
    said = [{"role": "user", "content": f"{number}"} for number in range(5)]
    response = create(api, input=said)
    path = f"/{response['id']}/input_items"

    def texts(query: str) -> tuple[list[str], bool, str]:
        status, page = ask(api, "GET", f"{path}?{query}")
        assert status == 200, page
        return [item["content"][0]["text"] for item in page["data"]], page["has_more"], page["last_id"]

    newest, more, last = texts("limit=2")
    assert (newest, more) == (["4", "3"], True)
    assert texts(f"limit=3&after={last}")[:2] == (["2", "1", "0"], False)
    assert texts("order=asc&limit=100")[0] == ["0", "1", "2", "3", "4"]
    for wrong in ("limit=0", "limit=101", "limit=x", "order=up", "after=none"):
        assert ask(api, "GET", f"{path}?{wrong}")[0] == 400


def test_unknown_response_is_told_in_the_words_of_the_api(api: Serving, model: Bedrock) -> None:
    unknown = f"resp_{'0' * 32}"
    for method, path in (
        ("GET", f"/{unknown}"),
        ("GET", "/resp_1"),
        ("GET", "/resp_1/input_items"),
        ("POST", f"/{unknown}/cancel"),
        ("DELETE", "/resp_1"),
    ):
        status, said = ask(api, method, path)
        assert (status, said["error"]["code"]) == (404, "response_not_found")
    for previous in (unknown, "resp_1", "x" * 1000):
        status, said = ask(api, "POST", body={"input": "Hi", "previous_response_id": previous})
        error = said["error"]
        assert (status, error["type"], error["code"], error["param"]) == (
            *(400, "invalid_request_error"),
            *("previous_response_not_found", "previous_response_id"),
        )
    reference = [{"type": "item_reference", "id": f"msg_{'0' * 32}_0"}]
    status, said = ask(api, "POST", body={"input": reference})
    assert (status, said["error"]["code"]) == (404, "item_not_found")
    assert model.asked == [] or model.asked[-1][1]["messages"]


def test_items_are_referred_to_by_their_ids(api: Serving, model: Bedrock) -> None:
    model.send(*calls("weather"), *says("Rain"), *says("Bye"))
    first = create(api, input="Weather?", tools=TOOLS)
    result = {"type": "function_call_output", "call_id": "t-1", "output": "rain"}
    turn = [{"type": "item_reference", "id": item["id"]} for item in first["output"]]
    asked = {"role": "user", "content": "Weather?"}
    second = create(api, input=[asked, *turn, result], tools=TOOLS)
    turn.append(result)
    turn.append({"type": "item_reference", "id": second["output"][0]["id"]})
    create(api, input=[asked, *turn, {"role": "user", "content": "Thanks"}], tools=TOOLS)
    said = messages(model)
    assert said[1]["content"][0] == THOUGHT
    assert said[3]["content"] == [{"text": "Rain"}]
    # what is in the conversation already is there once
    model.send(*says("Bye"))
    create(api, input=[turn[-1]], tools=TOOLS, previous_response_id=second["id"])
    assert [each["content"] for each in messages(model) if each["role"] == "assistant"][-1] == [
        {"text": "Rain"}
    ]


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


def test_response_that_is_not_in_the_background_cannot_be_cancelled(api: Serving, model: Bedrock) -> None:
    model.send(*says("Hello"))
    response = create(api, input="Hi")
    status, said = ask(api, "POST", f"/{response['id']}/cancel")
    assert (status, said["error"]["type"]) == (400, "invalid_request_error")


def test_response_that_is_not_in_the_background_is_unknown_before_its_end(
    api: Serving, model: Bedrock
) -> None:
    model.send(START, queued.text("Hel"))
    with Client(api.url) as client:
        body = json.dumps({"model": MODEL, "input": "Hi", "stream": True})
        response = client.send("POST", f"/prod{RESPONSES}", body, {"content-type": "application/json"})
        response_id = f"resp_{response.headers['x-stream-id']}"
        assert ask(api, "GET", f"/{response_id}")[0] == 404
        assert follow(api, response_id)[0] == 404
        model.send(STOP, METADATA, None)
        told = response.read()
    # a client that was cut comes back for the rest
    assert follow(api, response_id) == (200, told)
    assert ask(api, "GET", f"/{response_id}")[1]["status"] == "completed"


def test_response_is_deleted_with_what_it_was_asked(api: Serving, model: Bedrock, table: Any) -> None:  # noqa: ANN401
    before = len(list(table.call("Scan", {})["Items"]))
    model.send(*says("Hello"), *says("Again"))
    response = create(api, input="Hi")
    later = create(api, input="And?", previous_response_id=response["id"])
    deleted = {"id": response["id"], "object": "response", "deleted": True}
    assert ask(api, "DELETE", f"/{response['id']}") == (200, deleted)
    assert ask(api, "GET", f"/{response['id']}")[0] == 404
    assert ask(api, "DELETE", f"/{response['id']}")[0] == 404
    assert ask(api, "DELETE", f"/{later['id']}")[0] == 200
    assert len(list(table.call("Scan", {})["Items"])) == before


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
