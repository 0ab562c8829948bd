"""What clients send in their default settings: taken, and with the effect that they count on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from chat.settings import ChatSettings

from tests.unit.lambda_src.chat.streams import call

OPENAI, ANTHROPIC, UI = "/v1/chat/completions", "/v1/messages", "/ui/chat"
MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CLAUDE = ChatSettings(MODEL, '{"relay": "none"}')
NOVA = ChatSettings("us.amazon.nova-2-lite-v1:0")
HI: list[dict[str, object]] = [{"role": "user", "content": "hi"}]
FUNCTION = {
    "type": "function",
    "function": {"name": "w", "parameters": {"type": "object", "properties": {}}},
}
TOOL = {"name": "w", "input_schema": {"type": "object"}}


def sent(
    path: str,
    body: Mapping[str, object],
    settings: ChatSettings = CLAUDE,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what Bedrock is asked."""
    whole = {"messages": HI, "max_tokens": 9, **body}
    asked = call(path, whole, settings=settings, headers=headers)
    return settings.arguments(settings.model(None), asked.members, asked.own_fields, asked.own_system)


def fields(request: Mapping[str, object]) -> object:
    return request.get("additionalModelRequestFields")


@pytest.mark.parametrize(
    ("choice", "native"),
    [
        (None, {"type": "auto"}),
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "w"}}, {"type": "tool", "name": "w"}),
    ],
)
def test_openai_parallel_calls_off_is_claudes_own_choice_beside_no_other(
    choice: object, native: dict[str, object]
) -> None:
    body = {"parallel_tool_calls": False, "tools": [FUNCTION], "tool_choice": choice}
    request = sent(OPENAI, body)
    assert fields(request) == {"tool_choice": {**native, "disable_parallel_tool_use": True}}
    assert "toolChoice" not in request["toolConfig"]
    other = sent(OPENAI, body, NOVA)
    assert fields(other) is None
    assert ("toolChoice" in other["toolConfig"]) == (choice is not None)


def test_openai_parallel_calls_off_without_tools_asks_for_nothing() -> None:
    assert sent(OPENAI, {"parallel_tool_calls": False}) == sent(OPENAI, {})


@pytest.mark.parametrize(
    ("choice", "sent_choice"),
    [
        ({"type": "auto"}, {"auto": {}}),
        ({"type": "any"}, {"any": {}}),
        ({"type": "tool", "name": "w"}, {"tool": {"name": "w"}}),
    ],
)
def test_anthropic_parallel_calls_off_is_claudes_own_choice_beside_no_other(
    choice: dict[str, object], sent_choice: object
) -> None:
    body = {"tools": [TOOL], "tool_choice": {**choice, "disable_parallel_tool_use": True}}
    request = sent(ANTHROPIC, body)
    assert fields(request) == {"tool_choice": {**choice, "disable_parallel_tool_use": True}}
    assert "toolChoice" not in request["toolConfig"]
    other = sent(ANTHROPIC, body, NOVA)
    assert fields(other) is None
    assert other["toolConfig"]["toolChoice"] == sent_choice


@pytest.mark.parametrize("system", [None, "Be brief"])
def test_openai_json_object_is_an_instruction_also_beside_the_deployments_prompt(system: str | None) -> None:
    settings = ChatSettings("m", json.dumps({"system": system} if system else {}))
    request = sent(OPENAI, {"response_format": {"type": "json_object"}}, settings)
    *before, last = request["system"]
    assert "JSON object" in last["text"]
    assert before == ([{"text": system}] if system else [])


def test_openai_allowed_tools_leave_the_others_out() -> None:
    other = {"type": "function", "function": {"name": "x"}}
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "w"}}]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    config = sent(OPENAI, {"tools": [FUNCTION, other], "tool_choice": choice})["toolConfig"]
    assert [tool["toolSpec"]["name"] for tool in config["tools"]] == ["w"]
    assert config["toolChoice"] == {"any": {}}


def test_openai_developer_and_late_system_messages_are_the_system_prompt() -> None:
    messages = [
        {"role": "developer", "content": "one"},
        *HI,
        {"role": "system", "content": "two"},
        {"role": "user", "content": "go"},
    ]
    request = sent(OPENAI, {"messages": messages})
    assert request["system"] == [{"text": "one"}, {"text": "two"}]
    assert request["messages"] == [{"role": "user", "content": [{"text": "hi"}, {"text": "go"}]}]


def test_openai_cache_control_of_a_part_is_a_cache_point_after_it() -> None:
    part = {"type": "text", "text": "long", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    request = sent(OPENAI, {"messages": [{"role": "user", "content": [part]}]})
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert request["messages"] == [{"role": "user", "content": [{"text": "long"}, point]}]


def test_openai_thinking_goes_back_first_and_with_its_signature() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "sig", "index": 0},
        {"type": "redacted_thinking", "data": "AAAA"},
    ]
    answer = {"role": "assistant", "content": "yes", "thinking_blocks": blocks, "reasoning_content": "hm"}
    request = sent(OPENAI, {"messages": [*HI, answer, {"role": "user", "content": "go"}]})
    assert request["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": b"\0\0\0"}},
        {"text": "yes"},
    ]


def test_anthropic_system_among_the_messages_is_the_system_prompt() -> None:
    messages = [*HI, {"role": "system", "content": "be brief"}, {"role": "user", "content": "go"}]
    request = sent(ANTHROPIC, {"messages": messages, "system": "first"})
    assert request["system"] == [{"text": "first"}, {"text": "be brief"}]


def test_anthropic_top_level_cache_control_is_a_cache_point_at_the_end() -> None:
    request = sent(ANTHROPIC, {"cache_control": {"type": "ephemeral"}})
    point = {"cachePoint": {"type": "default"}}
    assert request["messages"] == [{"role": "user", "content": [{"text": "hi"}, point]}]


@pytest.mark.parametrize(
    "more",
    [
        {"mcp_servers": []},
        {"anthropic_version": "bedrock-2023-05-31"},
        {"context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}},
        {"metadata": {"user_id": '{"a": "b"}'}},
        {"service_tier": "auto"},
        {"tools": [], "tool_choice": {"type": "auto"}},
        {"system": [{"type": "text", "text": "x-anthropic-billing-header: cc_version=1"}]},
    ],
)
def test_anthropic_member_without_effect_changes_nothing(more: dict[str, object]) -> None:
    assert sent(ANTHROPIC, more) == sent(ANTHROPIC, {})


def test_anthropic_betas_that_the_deployment_allows_reach_claude_and_no_other_model() -> None:
    betas = "effort-2025-11-24, interleaved-thinking-2025-05-14,context-1m-2025-08-07,secret-2030-01-01"
    headers = {"Anthropic-Beta": betas}
    own = "fine-grained-tool-streaming-2025-05-14"
    body = {"anthropic_beta": [own, "effort-2025-11-24"]}
    assert fields(sent(ANTHROPIC, body, headers=headers)) == {"anthropic_beta": ["effort-2025-11-24", own]}
    long = ChatSettings(MODEL, '{"relay": "none", "callerMaySend": ["anthropic_beta=context-1m-2025-08-07"]}')
    assert fields(sent(ANTHROPIC, body, long, headers)) == {"anthropic_beta": ["context-1m-2025-08-07"]}
    assert fields(sent(ANTHROPIC, body, NOVA, headers)) is None


def test_anthropic_stop_sequence_is_asked_for_of_claude() -> None:
    body = {"stop_sequences": ["END"]}
    assert sent(ANTHROPIC, body)["additionalModelResponseFieldPaths"] == ["/stop_sequence"]
    assert "additionalModelResponseFieldPaths" not in sent(ANTHROPIC, body, NOVA)


@pytest.mark.parametrize("member", [{"thinking": {"type": "adaptive"}}, {"top_k": 5}])
def test_anthropic_field_of_claude_is_dropped_for_other_models(member: dict[str, object]) -> None:
    assert fields(sent(ANTHROPIC, member)) == member
    assert fields(sent(ANTHROPIC, member, NOVA)) is None


CONFIG = {"tools": [{"toolSpec": {"name": "w", "inputSchema": {"json": {"type": "object"}}}}]}


def ui_messages(part: Mapping[str, object]) -> list[dict[str, object]]:
    called = {"type": "tool-w", "toolCallId": "t", "input": {}, **part}
    return [
        {"id": "1", "role": "user", "parts": [{"type": "text", "text": "hi"}]},
        {"id": "2", "role": "assistant", "parts": [called]},
        {"id": "3", "role": "user", "parts": [{"type": "text", "text": "go"}]},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"state": "input-streaming"},
        {"state": "input-available"},
        {"state": "approval-requested", "approval": {"id": "p"}},
        {"state": "approval-responded", "approval": {"id": "p", "approved": True}},
    ],
)
def test_ui_call_without_result_is_left_out(part: dict[str, object]) -> None:
    asked = call(UI, {"messages": ui_messages(part), "toolConfig": CONFIG})
    assert asked.members["messages"] == [{"role": "user", "content": [{"text": "hi"}, {"text": "go"}]}]


@pytest.mark.parametrize("state", ["approval-responded", "output-denied"])
@pytest.mark.parametrize("reason", ["not now", None])
def test_ui_denied_call_has_a_result_with_its_reason(state: str, reason: str | None) -> None:
    part = {"state": state, "approval": {"id": "p", "approved": False, "reason": reason}}
    asked = call(UI, {"messages": ui_messages(part), "toolConfig": CONFIG})
    _, use, result = asked.members["messages"]
    assert use["content"][0]["toolUse"]["toolUseId"] == "t"
    assert result["content"][0]["toolResult"]["status"] == "error"
    (block,) = result["content"][0]["toolResult"]["content"]
    assert block["text"] == "the user denied this call" + (f": {reason}" if reason else "")
