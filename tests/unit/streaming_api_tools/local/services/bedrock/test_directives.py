"""The replies that a prompt asks for: tools, reasoning, JSON, and what no SDK knows yet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streaming_api_tools.local.services.bedrock.blocks import steps
from streaming_api_tools.local.services.bedrock.directives import (
    FLAGS,
    default_script,
    read_directives,
)
from streaming_api_tools.local.services.bedrock.json_example import example_of
from streaming_api_tools.local.services.bedrock.message import Message
from streaming_api_tools.local.services.bedrock.prompt import Prompt, read_prompt
from streaming_api_tools.local.services.bedrock.script import (
    Reply,
    ReplyEvent,
    ReplyReasoning,
    ReplyRedacted,
    ReplyText,
    ReplyToolCall,
)

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 6}, "days": {"type": "integer", "minimum": 2}},
    "required": ["city", "days"],
}
TOOLS = {
    "tools": [{"toolSpec": {"name": name, "inputSchema": {"json": SCHEMA}}} for name in ("a", "weather")]
}


def ask(text: str, **more: Any) -> Reply:  # noqa: ANN401 - members of a request
    return default_script(
        read_prompt("m", {"messages": [{"role": "user", "content": [{"text": text}]}], **more})
    )


def names(reply: Reply) -> list[tuple[str, object]]:
    return [(step.event[0], step.event[1].get("contentBlockIndex")) for step in steps(reply)]


def test_tool_directive_calls_a_tool_with_its_input() -> None:
    reply = ask('[[tool=weather {"city": "Bonn", "of": [[1], {"x": "]]"}]}]]')
    (call,) = reply.blocks
    assert isinstance(call, ReplyToolCall)
    assert (call.name, call.id, reply.stop_reason) == ("weather", "tooluse_1_1", "tool_use")
    assert json.loads("".join(call.tokens)) == {"city": "Bonn", "of": [[1], {"x": "]]"}]}
    assert len(call.tokens) > 3


def test_tool_directives_make_calls_of_one_reply_after_the_text() -> None:
    reply = ask('[[say=Let me see.]] [[tool=weather {"city":"Bonn"}]] [[tool=time]]')
    text, first, second = reply.blocks
    assert isinstance(text, ReplyText)
    assert isinstance(first, ReplyToolCall)
    assert isinstance(second, ReplyToolCall)
    assert (first.id, second.id, second.tokens) == ("tooluse_1_1", "tooluse_1_2", ())
    assert names(reply)[-2:] == [("contentBlockStart", 2), ("contentBlockStop", 2)]


def test_tool_directive_input_that_is_not_json_is_sent_unchanged() -> None:
    (call,) = ask('[[tool=weather {"city": "Bo]]').blocks
    assert "".join(call.tokens) == '{"city": "Bo'


def test_tool_directive_call_is_cut_by_the_limit_of_the_request() -> None:
    reply = ask('[[tool=weather {"city": "Bonn"}]]', inferenceConfig={"maxTokens": 1})
    (call,) = reply.blocks
    assert ("".join(call.tokens), reply.stop_reason) == ('{"city":', "max_tokens")
    assert ask('[[tokens=1]] [[tool=weather {"city": "Bonn"}]]') == reply


def test_directives_blocks_after_the_limit_are_not_begun() -> None:
    reply = ask(
        '[[reasoning=a b]] [[say=c d]] [[tool=weather {"city": "Bonn"}]]', inferenceConfig={"maxTokens": 3}
    )
    assert [type(block) for block in reply.blocks] == [ReplyReasoning, ReplyText]
    assert reply.blocks[1].tokens == ("c ",)
    reply = ask("[[reasoning=a b]] [[say=c]]", inferenceConfig={"maxTokens": 1})
    assert reply.blocks == (ReplyReasoning(("a ",), None),)


def test_tool_call_ids_differ_from_earlier_turns() -> None:
    use = {"toolUse": {"toolUseId": "tooluse_1_1", "name": "a", "input": {}}}
    result = {"toolResult": {"toolUseId": "tooluse_1_1", "content": [{"text": "[[tool=a]]"}]}}
    messages = [
        {"role": "user", "content": [{"text": "[[tool=a]]"}]},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    (call,) = default_script(read_prompt("m", {"messages": messages})).blocks
    assert isinstance(call, ReplyToolCall)
    assert call.id == "tooluse_3_1"


@pytest.mark.parametrize("content", [[{"text": "sun, 20 C"}], [{"json": {"sky": "sun, 20 C"}}]])
def test_tool_results_are_answered_instead_of_the_earlier_prompt(content: list[object]) -> None:
    result = {"toolResult": {"toolUseId": "t", "content": content}}
    messages = [
        {"role": "user", "content": [{"text": "[[tool=weather]]"}]},
        {"role": "user", "content": [result]},
    ]
    reply = default_script(read_prompt("m", {"messages": messages}))
    assert "".join(reply.tokens).startswith("The tools answered: ")
    assert "sun, 20 C" in "".join(reply.tokens)


@pytest.mark.parametrize(
    ("choice", "name"), [({"any": {}}, "a"), ({"tool": {"name": "weather"}}, "weather"), ({"auto": {}}, None)]
)
def test_forced_tool_is_called_with_an_input_of_its_schema(
    choice: dict[str, object], name: str | None
) -> None:
    reply = ask("hi", toolConfig={**TOOLS, "toolChoice": choice})
    if name is None:
        assert reply.blocks == ()
        return
    (call,) = reply.blocks
    assert isinstance(call, ReplyToolCall)
    assert (call.name, reply.stop_reason) == (name, "tool_use")
    Draft202012Validator(SCHEMA).validate(json.loads("".join(call.tokens)))


def test_text_format_reply_follows_the_schema_of_the_request() -> None:
    structure = {"jsonSchema": {"name": "r", "schema": json.dumps(SCHEMA)}}
    config = {"textFormat": {"type": "json_schema", "structure": structure}}
    Draft202012Validator(SCHEMA).validate(json.loads("".join(ask("hi", outputConfig=config).tokens)))
    assert "".join(ask("[[say=no JSON]]", outputConfig=config).tokens) == "no JSON"
    own = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    reply = ask("hi", additionalModelRequestFields=own)
    Draft202012Validator(SCHEMA).validate(json.loads("".join(reply.tokens)))


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA,
        {"type": ["string", "null"], "maxLength": 2},
        {"enum": ["b", "a"]},
        {"const": 3},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
        {"type": "number", "maximum": -5},
        {"type": "integer", "exclusiveMinimum": 7, "multipleOf": 2},
        {"type": "integer", "exclusiveMinimum": 6, "multipleOf": 2},
        {"type": "number", "exclusiveMaximum": -1},
        {"type": "number", "minimum": 0.5, "maximum": 0.75},
        {"type": "integer", "minimum": -3, "maximum": 3},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {
            "allOf": [{"$ref": "#/$defs/a"}, {"required": ["b"]}],
            "$defs": {"a": {"properties": {"a": {"type": "null"}}}},
        },
        {
            "$ref": "#/$defs/tree",
            "$defs": {
                "tree": {
                    "type": "object",
                    "properties": {"of": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
                    "required": ["of"],
                }
            },
        },
        {"type": "string", "format": "date-time"},
        {},
        {"type": "object"},
    ],
)
def test_schema_example_is_valid_for_its_schema(schema: dict[str, Any]) -> None:
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(example_of(schema))


def test_reasoning_directive_comes_first_signed_and_redacted_as_one_delta() -> None:
    reply = ask("[[reasoning=Hm, well.]] [[redacted]] [[say=Yes.]]")
    assert [type(block) for block in reply.blocks] == [ReplyReasoning, ReplyRedacted, ReplyText]
    message = Message()
    for step in steps(reply):
        message.add(step.event)
    thought, secret, text = message.content
    assert thought["reasoningContent"]["reasoningText"]["text"] == "Hm, well."
    assert thought["reasoningContent"]["reasoningText"]["signature"]
    assert secret["reasoningContent"]["redactedContent"]
    assert text == {"text": "Yes."}


def test_interleaved_directive_blocks_alternate_and_join_by_index() -> None:
    reply = ask('[[say=a b c]] [[tool=weather {"city": "Bonn"}]] [[interleaved]]')
    order = names(reply)
    assert order[0] == ("contentBlockStart", 1)
    assert [index for name, index in order if name == "contentBlockDelta"][:4] == [0, 1, 0, 1]
    assert order[-2:] == [("contentBlockStop", 0), ("contentBlockStop", 1)]
    message = Message()
    for step in steps(reply):
        message.add(step.event)
    message.add(("messageStop", {"stopReason": "tool_use"}))
    assert message.content[0] == {"text": "a b c"}
    assert message.content[1]["toolUse"]["input"] == {"city": "Bonn"}


def test_empty_deltas_directive_adds_deltas_that_are_not_tokens() -> None:
    reply = ask("[[say=a b]] [[empty-deltas]]")
    texts = [step.event[1]["delta"] for step in steps(reply) if step.event[0] == "contentBlockDelta"]
    assert texts == [{"text": ""}, {"text": "a "}, {"text": ""}, {"text": "b"}]
    assert sum(step.token for step in steps(reply)) == 2


def test_unknown_event_and_stop_directives_are_sent() -> None:
    reply = ask("[[unknown-event=somethingNew]] [[unknown-stop=pause_turn]] [[say=a]]")
    assert isinstance(reply.blocks[0], ReplyEvent)
    assert next(steps(reply)).event[0] == "somethingNew"
    assert reply.stop_reason == "pause_turn"


@pytest.mark.parametrize("flag", FLAGS)
def test_flag_directive_is_removed_from_the_prompt(flag: str) -> None:
    found = read_directives(f"a [[{flag}]]b")
    assert (found.text, found.flags) == ("a b", {flag})
    with pytest.raises(ValueError, match=r"no directive"):
        read_directives(f"[[{flag}=1]]")


@pytest.mark.parametrize("text", ["[[say=never ends", "a [[not one]] b", "[[]]", "[[say]", "list[[0]]"])
def test_brackets_without_directive_stay_in_the_prompt(text: str) -> None:
    assert read_directives(text).text == text


def test_script_reply_has_its_blocks() -> None:
    reply = Reply(blocks=(ReplyToolCall("a", {"x": 1}, "mine"), ReplyText(("b",))))
    assert [name for name, _ in names(reply)].count("contentBlockStop") == 2
    assert next(steps(reply)).event[1]["start"] == {"toolUse": {"toolUseId": "mine", "name": "a"}}
    assert reply.cut(0).blocks == (ReplyToolCall("a", "", "mine"),)
    assert Prompt("m", "", 0, None).turn == 0
