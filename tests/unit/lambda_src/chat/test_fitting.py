"""Requests of clients in their default settings, changed where Bedrock would refuse them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat.converse.model_call import ChatRequest
from chat.formats import anthropic, openai
from chat.limits.families import takes_one_sampling
from chat.settings import ChatSettings

OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"
NOVA, CLAUDE = "us.amazon.nova-lite-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HI = {"role": "user", "content": "Hi"}
CACHED = {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}
POINT = {"cachePoint": {"type": "default"}}


def fitted(path: str, model: str, **body: object) -> tuple[dict[str, Any], str]:
    """Return the members of ConverseStream, and the header that names what was dropped."""
    given = {"messages": [HI], "max_tokens": 9, **body}
    request = ChatRequest({"path": path, "body": json.dumps(given)}, ChatSettings(model, '{"relay": "none"}'))
    read = openai.read if path == OPENAI else anthropic.read
    return read(request).members, request.dropped.header()


def config(path: str, model: str, **body: object) -> tuple[dict[str, Any], str]:
    members, dropped = fitted(path, model, **body)
    inference = dict(members["inferenceConfig"])
    del inference["maxTokens"]
    return inference, dropped


@pytest.mark.parametrize(
    ("asked", "sent", "dropped"), [(1.5, 1, "temperature"), (2, 1, "temperature"), (1, 1, "")]
)
def test_temperature_above_the_range_of_bedrock_is_its_highest_one(
    asked: float, sent: float, dropped: str
) -> None:
    assert config(OPENAI, NOVA, temperature=asked) == ({"temperature": sent}, dropped)


@pytest.mark.parametrize(("path", "name"), [(OPENAI, "stop"), (ANTHROPIC, "stop_sequences")])
def test_stop_sequence_that_no_model_takes_is_dropped_and_named(path: str, name: str) -> None:
    assert config(path, NOVA, **{name: ["", "x", "\n"]}) == ({"stopSequences": ["x", "\n"]}, name)
    assert config(path, CLAUDE, **{name: ["", "x", "\n"]}) == ({"stopSequences": ["x"]}, name)
    assert config(path, CLAUDE, **{name: ["\n"]}) == ({}, name)
    assert config(path, CLAUDE, **{name: ["x"]}) == ({"stopSequences": ["x"]}, "")


def test_request_of_which_no_parameter_remains_has_no_inference_config() -> None:
    members, _ = fitted(OPENAI, CLAUDE, max_tokens=None, stop="\n")
    assert "inferenceConfig" not in members


@pytest.mark.parametrize("path", [OPENAI, ANTHROPIC])
def test_top_p_beside_a_temperature_is_dropped_where_the_model_takes_one_of_them(path: str) -> None:
    both = {"temperature": 0.5, "top_p": 0.4}
    assert config(path, CLAUDE, **both) == ({"temperature": 0.5}, "top_p")
    assert config(path, NOVA, **both) == ({"temperature": 0.5, "topP": 0.4}, "")
    assert config(path, CLAUDE, top_p=0.4) == ({"topP": 0.4}, "")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (CLAUDE, True),
        ("anthropic.claude-opus-4-1-20250805-v1:0", True),
        ("global.anthropic.claude-opus-4-8", True),
        ("us.anthropic.claude-sonnet-5", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0", True),
        ("anthropic.claude-opus-4-20250514-v1:0", False),
        ("anthropic.claude-sonnet-4-20250514-v1:0", False),
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", False),
        ("anthropic.claude-instant-v1", False),
        (NOVA, False),
    ],
)
def test_models_that_take_one_sampling_are_claude_from_its_version_on(model: str, expected: bool) -> None:
    assert takes_one_sampling(model) is expected


def test_cache_points_beyond_four_keep_the_last_ones() -> None:
    tool = {"name": "w", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}
    content = [{"role": "user", "content": [CACHED] * 3}]
    members, dropped = fitted(ANTHROPIC, CLAUDE, tools=[tool], system=[CACHED], messages=content)
    assert dropped == "cache_control"
    assert POINT not in members["toolConfig"]["tools"]
    assert members["system"] == [{"text": "s"}, POINT]
    assert members["messages"][0]["content"] == [{"text": "s"}, POINT] * 3


def test_four_cache_points_are_all_kept() -> None:
    members, dropped = fitted(OPENAI, CLAUDE, messages=[{"role": "user", "content": [CACHED] * 4}])
    assert (members["messages"][0]["content"].count(POINT), dropped) == (4, "")


def test_conversation_that_begins_with_an_answer_gets_a_message_before_it() -> None:
    members, dropped = fitted(OPENAI, NOVA, messages=[{"role": "assistant", "content": "Hello"}, HI])
    begin, answer, _ = members["messages"]
    assert begin == {"role": "user", "content": [{"text": "(the conversation begins with an answer)"}]}
    assert (answer, dropped) == ({"role": "assistant", "content": [{"text": "Hello"}]}, "")


@pytest.mark.parametrize(("cited", "name"), [(None, "bytes"), (False, "bytes"), (True, "text")])
def test_document_of_text_is_a_file_unless_it_is_to_be_cited(cited: bool | None, name: str) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "\u00e4"}
    document: dict[str, object] = {"type": "document", "source": source}
    if cited is not None:
        document["citations"] = {"enabled": cited}
    members, _ = fitted(ANTHROPIC, CLAUDE, messages=[{"role": "user", "content": [document]}])
    sent = members["messages"][0]["content"][0]["document"]
    assert sent["format"] == "txt"
    assert sent["source"] == {name: "\u00e4".encode() if name == "bytes" else "\u00e4"}


def _turn(*ids: str) -> list[dict[str, Any]]:
    calls = [{"id": i, "type": "function", "function": {"name": "w", "arguments": "{}"}} for i in ids]
    results = [{"role": "tool", "tool_call_id": i, "content": "ok"} for i in ids]
    return [{"role": "assistant", "tool_calls": calls}, *results]


def _ids(messages: list[dict[str, Any]]) -> list[list[str]]:
    tools = {"type": "function", "function": {"name": "w"}}
    members, dropped = fitted(OPENAI, CLAUDE, messages=[HI, *messages], tools=[tools])
    assert dropped == ""
    found: list[list[str]] = []
    for message in members["messages"][1:]:
        blocks = (block.get("toolUse") or block.get("toolResult") for block in message["content"])
        found.append([block["toolUseId"] for block in blocks if block])
    return found


def test_id_that_an_earlier_turn_had_is_another_one_in_the_call_and_in_its_result() -> None:
    turns = [["a", "b"], ["a", "b"]]
    assert _ids(_turn("a", "b")) == turns
    repeated = _ids(_turn("a", "b") + _turn("a") + _turn("a_2", "a"))
    assert repeated == [*turns, ["a_2"], ["a_2"], ["a_2_2", "a_3"], ["a_2_2", "a_3"]]


def test_id_that_two_calls_of_a_turn_have_is_told_apart_in_their_order() -> None:
    assert _ids(_turn("a", "a")) == [["a", "a_2"], ["a", "a_2"]]


def test_repeated_id_of_the_greatest_length_keeps_to_it() -> None:
    longest = "i" * 64
    assert _ids(_turn(longest) + _turn(longest))[2:] == [["i" * 62 + "_2"]] * 2


@pytest.mark.parametrize("path", [OPENAI, ANTHROPIC])
@pytest.mark.parametrize("model", ["us.anthropic.claude-opus-4-7", "us.anthropic.claude-sonnet-5"])
def test_sampling_is_dropped_and_named_where_the_model_takes_none(path: str, model: str) -> None:
    assert config(path, model, temperature=0.5, top_p=0.4) == ({}, "temperature, top_p")
    assert config(path, model, temperature=1) == ({}, "")
    assert config(path, "us.anthropic.claude-sonnet-4-6", temperature=0.5) == ({"temperature": 0.5}, "")


def test_top_k_is_dropped_and_named_where_the_model_takes_none() -> None:
    body = {"messages": [HI], "max_tokens": 9, "top_k": 5}
    settings = ChatSettings("us.anthropic.claude-sonnet-5", '{"relay": "none"}')
    request = ChatRequest({"path": ANTHROPIC, "body": json.dumps(body)}, settings)
    assert anthropic.read(request).own_fields == {}
    assert request.dropped.header() == "top_k"
