"""Tools: names and ids that Bedrock takes, schemas, inputs and results."""

from __future__ import annotations

import re
from collections.abc import Callable

import botocore.session
import pytest
from chat.converse.tools import ToolNames, tool_input, tool_spec, tool_use_id
from lambda_streaming import Event

from tests.unit.lambda_src.chat.streams import START, call, delta, end, items, respond, stop

SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
ODD = ["mcp.files.read", "a b", "ä", "x" * 65, "call_A|fc_B", "\ud800", "a/b", "/" * 200]
OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"
Body = Callable[[str, str, object], dict[str, object]]


def fits(text: str, shape: str) -> bool:
    """Return whether botocore's service model allows a text."""
    rules = SERVICE.shape_for(shape).metadata
    pattern = SERVICE._shape_resolver._shape_map[shape]["pattern"]
    return bool(rules["min"] <= len(text) <= rules["max"] and re.fullmatch(pattern, text))


@pytest.mark.parametrize("name", ODD)
def test_tool_name_that_bedrock_refuses_has_an_alias_that_it_takes(name: str) -> None:
    names = ToolNames()
    alias = names.alias(name)
    assert not fits(name, "ToolName")
    assert fits(alias, "ToolName")
    assert names.originals == {alias: name}
    assert ToolNames().alias(name) == alias


@pytest.mark.parametrize("name", ["w", "get_weather-2", "x" * 64])
def test_tool_name_that_bedrock_takes_stays(name: str) -> None:
    names = ToolNames()
    assert (names.alias(name), names.originals) == (name, {})


@pytest.mark.parametrize("identity", ODD)
def test_tool_use_id_that_bedrock_refuses_has_one_alias(identity: str) -> None:
    assert fits(tool_use_id(identity), "ToolUseId")
    assert tool_use_id(identity) == tool_use_id(identity)


def test_tool_aliases_of_similar_names_differ() -> None:
    assert len({ToolNames().alias(f"a{char}b") for char in ".:/| é"}) == 6


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (None, {"type": "object", "properties": {}}),
        ({}, {"type": "object", "properties": {}}),
        ({"properties": {"x": {}}}, {"properties": {"x": {}}, "type": "object"}),
        ({"type": None, "properties": {}}, {"type": "object", "properties": {}}),
        ({"type": ["object", "null"]}, {"type": "object"}),
        ({"type": "object"}, {"type": "object"}),
        ({"type": "string"}, {"type": "string"}),
        ({"anyOf": [{}]}, {"anyOf": [{}], "type": "object"}),
    ],
)
def test_tool_schema_is_that_of_an_object(schema: object, sent: object) -> None:
    assert tool_spec("f", schema, None, False)["toolSpec"]["inputSchema"] == {"json": sent}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("", {}),
        ("{}", {}),
        ('{"a": 1}', {"a": 1}),
        ('{"c": "A', {"arguments": '{"c": "A'}),
        ("[1]", {"arguments": [1]}),
        ("7", {"arguments": 7}),
        ("no JSON", {"arguments": "no JSON"}),
        ("[" * 100_000, {"arguments": "[" * 100_000}),
    ],
    ids=lambda value: str(value)[:10],
)
def test_tool_input_of_the_history_is_an_object_whatever_it_was(text: str, sent: object) -> None:
    assert tool_input(text) == sent


def openai_body(name: str, identity: str, output: object) -> dict[str, object]:
    function = {"name": name, "arguments": '{"c": "A'}
    return {
        "tools": [{"type": "function", "function": {"name": name}}],
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "tool_calls": [{"id": identity, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": identity, "content": output},
        ],
    }


def anthropic_body(name: str, identity: str, output: object) -> dict[str, object]:
    use = {"type": "tool_use", "id": identity, "name": name, "input": {}}
    result = {"type": "tool_result", "tool_use_id": identity, "content": output}
    return {
        "max_tokens": 9,
        "tools": [{"name": name}],
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ],
    }


FORMATS = pytest.mark.parametrize(("path", "body"), [(OPENAI, openai_body), (ANTHROPIC, anthropic_body)])


@FORMATS
@pytest.mark.parametrize("name", ["mcp.files.read", "plain"])
@pytest.mark.parametrize("identity", ["call_A|fc_B", "toolu_1"])
@pytest.mark.parametrize("output", ["ok", "", " \n", None])
def test_tool_of_any_name_is_called_and_answered_by_aliases(
    path: str, body: Body, name: str, identity: str, output: str | None
) -> None:
    asked = call(path, body(name, identity, output))
    (tool,) = asked.members["toolConfig"]["tools"]
    _, said, answered = asked.members["messages"]
    use, result = said["content"][0]["toolUse"], answered["content"][0]["toolResult"]
    assert tool["toolSpec"]["name"] == use["name"]
    assert use["toolUseId"] == result["toolUseId"]
    assert fits(use["name"], "ToolName")
    assert fits(use["toolUseId"], "ToolUseId")
    assert result["content"] == [{"text": "ok" if output == "ok" else "(no output)"}]


@FORMATS
@pytest.mark.parametrize("stream", [True, False])
def test_tool_has_the_clients_own_name_in_the_answer(path: str, body: Body, stream: bool) -> None:
    asked = call(path, {**body("mcp.files.read", "a", "ok"), "stream": stream})
    (tool,) = asked.members["toolConfig"]["tools"]
    alias = tool["toolSpec"]["name"]
    start = {"toolUse": {"toolUseId": "t", "name": alias}}
    events = [
        START,
        {"contentBlockStart": {"contentBlockIndex": 0, "start": start}},
        delta(0, toolUse={"input": "{}"}),
        stop(0),
        end("tool_use"),
    ]
    if stream:
        written = [item.data if isinstance(item, Event) else item for item in items(asked, events)]
    else:
        written = [respond(asked, events).body]
    assert "mcp.files.read" in str(written)
    assert alias not in str(written)
