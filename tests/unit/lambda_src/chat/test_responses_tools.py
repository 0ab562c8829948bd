"""OpenAI's Responses API: the tools of a request, and the choice among them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import call

PATH = "/v1/responses"
F = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
G = {"type": "function", "name": "g"}
WEB = {"type": "web_search", "external_web_access": True}


def config(tools: list[object], choice: object = None, **more: object) -> dict[str, Any]:
    body = {"input": "Hi", "tools": tools, "tool_choice": choice, **more}
    found: dict[str, Any] = call(PATH, body).members["toolConfig"]
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [tool["toolSpec"]["name"] for tool in found["tools"]]


def refused(tools: list[object], choice: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        call(PATH, {"input": "Hi", "tools": tools, "tool_choice": choice})
    assert (caught.value.status, caught.value.param) == (400, "tool_choice")
    return caught.value


def ignored(tools: list[object], **more: object) -> str | None:
    answer = handle({"path": PATH, "body": json.dumps({"input": "Hi", "tools": tools, **more})})
    assert answer.status == 200, answer.body
    return answer.headers.get("x-streaming-api-ignored")


def test_responses_function_tool_is_converted() -> None:
    spec = {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}, "strict": True}
    assert config([F]) == {"tools": [{"toolSpec": spec}]}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "function", "name": "g"}, {"tool": {"name": "g"}}),
    ],
)
def test_responses_tool_choice_is_converted(choice: object, sent: object) -> None:
    assert config([F, G], choice)["toolChoice"] == sent


def test_responses_allowed_tools_leave_the_others_out() -> None:
    allowed = [{"type": "function", "name": "g"}, {"type": "web_search"}]
    found = config([F, G, WEB], {"type": "allowed_tools", "mode": "required", "tools": allowed})
    assert (names(found), found["toolChoice"]) == (["g"], {"any": {}})


def test_responses_tool_choice_none_sends_no_tools() -> None:
    assert "toolConfig" not in call(PATH, {"input": "Hi", "tools": [F], "tool_choice": "none"}).members


def test_responses_server_tools_are_left_out_and_named() -> None:
    tools = [F, WEB, {"type": "mcp", "server_label": "x"}, {"type": "web_search_preview_2025_03_11"}]
    assert ignored(tools, tool_choice="auto") == "tools.web_search, tools.mcp, tools.web_search_preview"
    assert names(config(tools)) == ["f"]


def test_responses_server_tools_alone_leave_no_tools() -> None:
    assert "toolConfig" not in call(PATH, {"input": "Hi", "tools": [WEB], "tool_choice": "auto"}).members


def test_responses_tool_of_unknown_type_is_counted() -> None:
    assert ignored([F, {"type": "secret"}]) == "unknown: 1"


@pytest.mark.parametrize(
    ("tools", "choice"),
    [
        ([F, WEB], {"type": "web_search"}),
        ([WEB], "required"),
        ([F], {"type": "function", "name": "h"}),
        ([F, WEB], {"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]}),
    ],
)
def test_responses_choice_that_demands_a_tool_not_run_here_is_refused(
    tools: list[object], choice: object
) -> None:
    assert "tool_choice demands a tool" in refused(tools, choice).message


def test_responses_namespaced_tools_have_their_namespace_in_their_name() -> None:
    space = {"type": "namespace", "name": "files", "description": "All files.", "tools": [F, WEB]}
    found = config([space], {"type": "function", "name": "f"})
    assert names(found) == ["files__f"]
    assert found["tools"][0]["toolSpec"]["description"] == "All files.\n\nd"
    assert found["toolChoice"] == {"tool": {"name": "files__f"}}


def test_responses_custom_tool_takes_one_text() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: A"}
    tool = {"type": "custom", "name": "patch", "description": "Patches.", "format": grammar}
    spec = config([tool])["tools"][0]["toolSpec"]
    assert spec["inputSchema"]["json"]["required"] == ["input"]
    assert spec["description"].endswith("(lark):\nstart: A")


def test_responses_calls_in_the_history_have_the_names_of_the_tools() -> None:
    space = {"type": "namespace", "name": "files", "tools": [F]}
    custom = {"type": "custom", "name": "patch"}
    items = [
        {"role": "user", "content": "Hi"},
        {"type": "function_call", "call_id": "a", "name": "f", "namespace": "files", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "x"},
        {"type": "custom_tool_call", "call_id": "b", "name": "patch", "input": "text"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": "y"},
    ]
    messages = call(PATH, {"input": items, "tools": [space, custom]}).members["messages"]
    assert messages[1]["content"] == [{"toolUse": {"toolUseId": "a", "name": "files__f", "input": {}}}]
    use = {"toolUseId": "b", "name": "patch", "input": {"input": "text"}}
    assert messages[3]["content"] == [{"toolUse": use}]


def test_responses_one_call_at_a_time_is_the_wish_of_anthropics_models_only() -> None:
    from chat.settings import ChatSettings

    body = {"input": "Hi", "tools": [F], "parallel_tool_calls": False}
    asked = call(PATH, body, settings=ChatSettings("anthropic.claude-sonnet-4-5-20250929-v1:0"))
    assert asked.own_fields == {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
    assert ignored([F], parallel_tool_calls=False) == "parallel_tool_calls"


def test_responses_tool_members_without_effect_are_named() -> None:
    assert ignored([{**F, "defer_loading": True, "secret": 1}]) == "tools.defer_loading, unknown: 1"
