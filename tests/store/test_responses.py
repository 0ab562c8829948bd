"""Stored responses of OpenAI's API: read, continued, followed, cancelled and deleted by their ids."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.bedrock import queued
from tests.support.bedrock.queued import METADATA, START, STOP, Bedrock
from tests.support.gateway import Client, Serving
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
