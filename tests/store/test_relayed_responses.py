"""Stored responses of OpenAI's own models, whose items have the ids that Bedrock gave them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.bedrock.queued import Bedrock, sse
from tests.support.gateway import Serving
from tests.support.ministack import Ministack
from tests.support.stored_responses import ask, events, follow, poll, serving, stream

GPT = "us.openai.gpt-5.6-sol"
SETTINGS = json.dumps({"models": [{"modelId": GPT, "vendorApi": "responses"}]})
THOUGHT = {"type": "reasoning", "id": "rs_0a1b", "summary": [], "encrypted_content": "gAAA"}
SAID = {
    "type": "message",
    "id": "msg_0a1b",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
}


@pytest.fixture(name="model")
def _model() -> Iterator[Bedrock]:
    with Bedrock() as running:
        yield running


@pytest.fixture(name="api")
def _api(table_name: str, ministack: Ministack, model: Bedrock, tmp_path: Path) -> Iterator[Serving]:
    decided = {"BEDROCK_MODEL_ID": GPT, "BEDROCK_SETTINGS": SETTINGS}
    with serving(table_name, ministack, model.url, tmp_path, None, **decided) as running:
        yield running


def told(status: str, output: list[dict[str, Any]]) -> bytes:
    response = {"object": "response", "id": "resp_bedrock", "status": status, "output": output}
    kind = "created" if status == "in_progress" else status
    return sse({"type": f"response.{kind}", "response": response})


def answer() -> list[bytes | None]:
    """Return the frames of an answer that reasons, and says something."""
    delta = {"item_id": "msg_0a1b", "output_index": 1, "content_index": 0, "delta": "Hello", "logprobs": []}
    return [
        told("in_progress", []),
        sse({"type": "response.output_item.added", "output_index": 0, "item": THOUGHT}),
        sse({"type": "response.output_item.done", "output_index": 0, "item": THOUGHT}),
        sse({"type": "response.output_text.delta", **delta}),
        sse({"type": "response.output_item.done", "output_index": 1, "item": SAID}),
        told("completed", [THOUGHT, SAID]),
        None,
    ]


def test_relayed_response_is_continued_with_the_ids_that_the_model_knows(
    api: Serving, model: Bedrock
) -> None:
    model.send(*answer(), *answer(), *answer())
    status, first = ask(api, "POST", body={"model": GPT, "input": "Hi"})
    assert status == 200
    stream_id = first["id"][5:]
    assert [item["id"] for item in first["output"]] == [f"rs_0a1b~{stream_id}", f"msg_0a1b~{stream_id}"]
    assert ask(api, "GET", f"/{first['id']}") == (200, first)
    asked = {"model": GPT, "input": "And?", "previous_response_id": first["id"]}
    assert ask(api, "POST", body=asked)[0] == 200
    references = [{"type": "item_reference", "id": item["id"]} for item in first["output"]]
    items = [{"role": "user", "content": "Hi"}, *references, {"role": "user", "content": "And?"}]
    assert ask(api, "POST", body={"model": GPT, "input": items})[0] == 200
    for _, body in model.asked[1:]:
        sent: Any = body["input"]
        assert [item.get("id") for item in sent[1:3]] == ["rs_0a1b", "msg_0a1b"]
        assert sent[1]["encrypted_content"] == "gAAA"


def test_relayed_response_in_the_background_is_polled_and_followed(api: Serving, model: Bedrock) -> None:
    status, response = ask(api, "POST", body={"model": GPT, "input": "Hi", "background": True})
    assert (status, response["status"]) == (200, "queued")
    model.send(*answer(), *answer())
    assert poll(api, response["id"], "completed")["output"][1]["content"][0]["text"] == "Hello"
    response_id, whole = stream(api, model=GPT, input="Hi", background=True)
    kinds = [each["type"] for each in events(whole)]
    assert kinds[:2] == ["response.created", "response.queued"]
    assert kinds.count("response.created") == 1
    assert [each["sequence_number"] for each in events(whole)] == list(range(len(kinds)))
    assert {each["response"]["id"] for each in events(whole) if "response" in each} == {response_id}
    assert follow(api, response_id, "&starting_after=2")[1] in whole
