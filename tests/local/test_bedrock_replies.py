"""The replies of real models beside text, seen by an unmodified boto3: tools, reasoning, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from jsonschema import Draft202012Validator

from streaming_api_tools.local.services.bedrock.script import (
    Prompt,
    Reply,
    ReplyEvent,
    ReplyReasoning,
    ReplyText,
    ReplyToolCall,
)
from tests.local.bedrock_requests import SONNET_4_5
from tests.local.test_bedrock import client, read
from tests.support.bedrock.shipped import standin

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = {
    "tools": [{"toolSpec": {"name": name, "inputSchema": {"json": SCHEMA}}} for name in ("weather", "time")]
}


@pytest.fixture(scope="module")
def bedrock() -> Iterator[BaseClient]:
    """Yield a client of a stand-in."""
    with standin() as url, client(url) as made:
        yield made


def request(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a request
    messages = [{"role": "user", "content": [{"text": text}]}]
    return {"modelId": SONNET_4_5, "messages": messages, "toolConfig": TOOLS, **more}


def streamed(bedrock: BaseClient, text: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return list(read(bedrock.converse_stream(**request(text, **more))["stream"]))


def deltas(events: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    given = [event["contentBlockDelta"] for event in events if "contentBlockDelta" in event]
    return [(delta["contentBlockIndex"], delta["delta"]) for delta in given]


def stop_reason(events: list[dict[str, Any]]) -> object:
    return next(event["messageStop"]["stopReason"] for event in events if "messageStop" in event)


def test_standin_two_tool_calls_stream_their_input_in_pieces(bedrock: BaseClient) -> None:
    asked = '[[say=Wait.]] [[tool=weather {"city": "Bonn"}]] [[tool=time]]'
    events = streamed(bedrock, asked)
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    assert [(start["contentBlockIndex"], start["start"]["toolUse"]["name"]) for start in starts] == [
        (1, "weather"),
        (2, "time"),
    ]
    pieces = [delta["toolUse"]["input"] for index, delta in deltas(events) if index == 1]
    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == {"city": "Bonn"}
    assert not [delta for index, delta in deltas(events) if index == 2]
    assert stop_reason(events) == "tool_use"
    whole = bedrock.converse(**request(asked))
    assert [block.get("toolUse", {}).get("input") for block in whole["output"]["message"]["content"]] == [
        None,
        {"city": "Bonn"},
        {},
    ]


def test_standin_agent_with_tools_ends(bedrock: BaseClient) -> None:
    messages: list[dict[str, Any]] = request('[[tool=weather {"city": "Bonn"}]]')["messages"]
    for _ in range(3):
        answer = bedrock.converse(modelId=SONNET_4_5, messages=messages, toolConfig=TOOLS)
        messages.append(answer["output"]["message"])
        if answer["stopReason"] != "tool_use":
            break
        uses = [block["toolUse"] for block in messages[-1]["content"]]
        results = [{"toolUseId": use["toolUseId"], "content": [{"text": "sun"}]} for use in uses]
        messages.append({"role": "user", "content": [{"toolResult": result} for result in results]})
    assert messages[-1]["content"] == [{"text": "The tools answered: sun"}]


def test_standin_tool_call_cut_by_limit_stops_with_max_tokens(bedrock: BaseClient) -> None:
    limit = {"inferenceConfig": {"maxTokens": 1}}
    events = streamed(bedrock, '[[tool=weather {"city": "Bonn"}]]', **limit)
    assert deltas(events) == [(0, {"toolUse": {"input": '{"city":'}})]
    assert stop_reason(events) == "max_tokens"
    whole = bedrock.converse(**request('[[tool=weather {"city": "Bonn"}]]', **limit))
    assert whole["stopReason"] == "max_tokens"


def test_standin_tool_choice_forced_tool_is_called(bedrock: BaseClient) -> None:
    forced = {"toolConfig": {**TOOLS, "toolChoice": {"tool": {"name": "time"}}}}
    (block,) = bedrock.converse(**request("hi", **forced))["output"]["message"]["content"]
    assert block["toolUse"]["name"] == "time"
    Draft202012Validator(SCHEMA).validate(block["toolUse"]["input"])


def test_standin_text_format_reply_is_json_of_the_schema(bedrock: BaseClient) -> None:
    structure = {"jsonSchema": {"name": "r", "schema": json.dumps(SCHEMA)}}
    output = {"outputConfig": {"textFormat": {"type": "json_schema", "structure": structure}}}
    text = "".join(delta["text"] for _, delta in deltas(streamed(bedrock, "hi", **output)))
    Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_standin_reasoning_has_signature_and_redacted_bytes(bedrock: BaseClient) -> None:
    asked = "[[reasoning=Hm, well.]] [[redacted]] [[say=Yes.]]"
    events = streamed(bedrock, asked)
    assert [next(iter(delta.get("reasoningContent", delta))) for _, delta in deltas(events)] == [
        "text",
        "text",
        "signature",
        "redactedContent",
        "text",
    ]
    whole = bedrock.converse(**request(asked))["output"]["message"]["content"]
    thought = whole[0]["reasoningContent"]["reasoningText"]
    assert thought["text"] == "Hm, well."
    assert isinstance(whole[1]["reasoningContent"]["redactedContent"], bytes)
    # both are taken back in the next turn
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    again = [*request(asked)["messages"], {"role": "assistant", "content": whole}, *request("go")["messages"]]
    bedrock.converse(modelId=SONNET_4_5, messages=again, additionalModelRequestFields=thinking)


def test_standin_blocks_can_be_interleaved_with_empty_deltas(bedrock: BaseClient) -> None:
    events = streamed(bedrock, "[[say=a b]] [[tool=time {}]] [[interleaved]] [[empty-deltas]]")
    assert deltas(events)[:2] == [(0, {"text": ""}), (1, {"toolUse": {"input": ""}})]
    stops = [
        event["contentBlockStop"]["contentBlockIndex"] for event in events if "contentBlockStop" in event
    ]
    assert stops == [0, 1]


def test_standin_unknown_event_is_ignored_by_clients(bedrock: BaseClient) -> None:
    events = streamed(bedrock, "[[unknown-event=somethingNew]] [[unknown-stop=pause_turn]] [[say=a]]")
    assert [index for index, _ in deltas(events)] == [0]
    assert not [event for event in events if "somethingNew" in event]
    assert stop_reason(events) == "pause_turn"


def test_standin_text_ends_before_stop_sequence_and_reports_it(bedrock: BaseClient) -> None:
    config = {"inferenceConfig": {"stopSequences": ["END", "c d"]}}
    asked = request("[[say=a b c d END]]", **config, additionalModelResponseFieldPaths=["/stop_sequence"])
    events = list(read(bedrock.converse_stream(**asked)["stream"]))
    assert "".join(delta["text"] for _, delta in deltas(events)) == "a b "
    stop = next(event["messageStop"] for event in events if "messageStop" in event)
    assert stop == {
        "stopReason": "stop_sequence",
        "additionalModelResponseFields": {"stop_sequence": "c d"},
    }
    assert bedrock.converse(**asked)["additionalModelResponseFields"] == {"stop_sequence": "c d"}
    assert "additionalModelResponseFields" not in bedrock.converse(**request("[[say=a END]]", **config))


def test_standin_fault_can_come_within_a_tool_call(bedrock: BaseClient) -> None:
    asked = '[[tool=weather {"city": "Bonn"}]] [[throttlingException@1]]'
    seen: list[dict[str, Any]] = []
    with pytest.raises(Exception, match="throttlingException was asked for"):
        seen.extend(read(bedrock.converse_stream(**request(asked))["stream"]))
    whole_error = bedrock.exceptions.ThrottlingException
    with pytest.raises(whole_error):
        bedrock.converse(**request(asked))


def test_standin_python_script_decides_every_block() -> None:
    def script(prompt: Prompt) -> Reply:
        blocks = (
            ReplyEvent("somethingNew", {"x": 1}),
            ReplyReasoning(("Hm",), signature=None),
            ReplyToolCall("weather", {"city": "Bonn"}, id="mine"),
            ReplyText(("a ", "b")),
        )
        return Reply(blocks=blocks, stop_reason="tool_use", usage={"cacheReadInputTokens": 4})

    with standin(script=script) as url, client(url) as bedrock:
        answer = bedrock.converse(**request("hi"))
    content = answer["output"]["message"]["content"]
    assert (answer["usage"]["cacheReadInputTokens"], answer["usage"]["inputTokens"]) == (4, 1)
    assert content == [
        {"reasoningContent": {"reasoningText": {"text": "Hm"}}},
        {"toolUse": {"toolUseId": "mine", "name": "weather", "input": {"city": "Bonn"}}},
        {"text": "a b"},
    ]
