"""OpenAI's Responses API: reasoning goes to the client and comes back as Bedrock gave it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from chat.formats.responses.reasoning import opened, sealed
from chat.json_body import DroppedMembers, JsonObject
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import START, TOOLS, call, delta, end, respond, stop

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

PATH = "/v1/responses"
ASKED = {"role": "user", "content": "Hi"}
TOOL = {"type": "function", "name": "weather"}
HM = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}}
REDACTED = {"reasoningContent": {"redactedContent": b"\x00secret"}}


def output(events: list[ConverseEvent]) -> list[dict[str, Any]]:
    answer = respond(call(PATH, {"input": "Hi"}), events).body
    assert isinstance(answer, dict)
    found: list[dict[str, Any]] = answer["output"]
    return found


def echoed(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as clients send it back: of reasoning these members alone."""
    if item["type"] != "reasoning":
        return item
    return {name: item[name] for name in ("type", "id", "summary", "encrypted_content")}


def messages(*items: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(PATH, {"input": [ASKED, *items], "tools": [TOOL]}).members["messages"]
    return found


def test_responses_reasoning_round_trip_puts_it_first_in_the_assistants_message() -> None:
    items = [echoed(each) for each in output(TOOLS)]
    result = {"type": "function_call_output", "call_id": "t-1", "output": "rain"}
    said = messages(*items, result)[1]
    use = {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}
    assert said == {"role": "assistant", "content": [HM, {"text": "Let me see"}, {"toolUse": use}]}


def test_responses_reasoning_of_another_order_is_put_first() -> None:
    reasoning, text, use = (echoed(each) for each in output(TOOLS))
    result = {"type": "function_call_output", "call_id": "t-1", "output": "rain"}
    content = messages(text, reasoning, use, result)[1]["content"]
    assert [list(block) for block in content] == [["reasoningContent"], ["text"], ["toolUse"]]


def test_responses_summary_that_the_client_changed_has_no_effect() -> None:
    reasoning, text, _ = (echoed(each) for each in output(TOOLS))
    assert messages({**reasoning, "summary": []}, text)[1]["content"][0] == HM


def test_responses_redacted_reasoning_round_trip() -> None:
    events = [
        START,
        delta(0, reasoningContent={"redactedContent": b"\x00secret"}),
        stop(0),
        delta(1, text="Hi"),
        stop(1),
        end("end_turn"),
    ]
    items = output(events)
    assert (items[0]["summary"], items[0]["type"]) == ([], "reasoning")
    assert messages(*map(echoed, items))[1]["content"] == [REDACTED, {"text": "Hi"}]


def test_responses_signature_alone_round_trip() -> None:
    signed = delta(0, reasoningContent={"signature": "sig"})
    items = output([START, signed, stop(0), delta(1, text="Hi"), stop(1), end("end_turn")])
    block = {"reasoningContent": {"reasoningText": {"text": "", "signature": "sig"}}}
    assert messages(*map(echoed, items))[1]["content"] == [block, {"text": "Hi"}]


def test_responses_several_reasonings_keep_their_order() -> None:
    first, second = (
        {"type": "reasoning", "summary": [], "encrypted_content": sealed(each)}
        for each in ({"text": "one", "signature": "1"}, {"text": "two", "signature": "2"})
    )
    said = {"role": "assistant", "content": "Hi"}
    content = messages(first, said, second, {"role": "assistant", "content": "Ho"})[1]["content"]
    texts = [block.get("reasoningContent", {}).get("reasoningText", block)["text"] for block in content]
    assert texts == ["one", "Hi", "two", "Ho"]


def test_responses_reasoning_without_an_answer_is_left_out_and_named() -> None:
    alone = {"type": "reasoning", "summary": [], "encrypted_content": sealed({"text": "a", "signature": "b"})}
    asked = {"role": "user", "content": [{"text": "Hi"}, {"text": "Hi"}]}
    said = {"role": "assistant", "content": [{"text": "Ho"}]}
    # it is not about an answer in a later turn
    assert messages(alone, ASKED, {"role": "assistant", "content": "Ho"}) == [asked, said]
    for items in ([ASKED, alone, ASKED], [ASKED, alone]):
        answer = handle({"path": PATH, "body": json.dumps({"input": items})})
        assert answer.headers["x-streaming-api-ignored"] == "input.reasoning"


@pytest.mark.parametrize(
    "content",
    [
        None,
        "gAAAAABfrom-openai",
        "bedrock-reasoning-2.e30=",
        "bedrock-reasoning-1.!!",
        "bedrock-reasoning-1." + b64encode(b"[1]").decode(),
        "bedrock-reasoning-1." + b64encode(b'{"text":"a","signature":""}').decode(),
        "bedrock-reasoning-1." + b64encode(b'{"redacted":"!"}').decode(),
        "bedrock-reasoning-1." + b64encode(b"[" * 100_000).decode(),
    ],
)
def test_responses_reasoning_of_others_is_left_out_and_named(content: str | None) -> None:
    assert opened(content) is None
    from chat.formats.responses.request import to_converse
    from chat.formats.responses.tools import ClientTools

    dropped = DroppedMembers()
    items = [ASKED, {"type": "reasoning", "summary": [], "encrypted_content": content}]
    body = JsonObject({"input": items}, dropped=dropped)
    converted = to_converse(body, ClientTools(), None)
    assert dropped.header() == "input.reasoning"
    assert converted.members["messages"] == [{"role": "user", "content": [{"text": "Hi"}]}]


@given(text=st.text(), signature=st.text(min_size=1))
def test_responses_container_of_any_text_opens_as_it_was(text: str, signature: str) -> None:
    block = opened(sealed({"text": text, "signature": signature}))
    assert block == {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}
