"""What a caller may send to a model beside the members of ConverseStream."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from chat.converse.native_request import native_arguments
from chat.limits.caller_fields import DEFAULT
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.streams import call

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Hi"}]}]
EXTRA = "additionalModelRequestFields"
S3 = {"uri": "s3://bucket/key"}


def settings(**given: object) -> ChatSettings:
    return ChatSettings(CLAUDE, json.dumps(given))


def fields_sent(settings: ChatSettings, fields: object) -> object:
    """Return the fields that Bedrock gets when a caller sends some."""
    asked = call("/chat", {"messages": MESSAGES, EXTRA: fields})
    return settings.arguments(settings.model(None), asked.members, asked.own_fields)[EXTRA]


def refused(settings: ChatSettings, body: Mapping[str, object], path: str = "/chat") -> HTTPError:
    asked = call(path, body)
    with pytest.raises(HTTPError) as caught:
        settings.arguments(settings.model(None), asked.members, asked.own_fields)
    assert (caught.value.status, caught.value.code) == (400, "not_allowed")
    return caught.value


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"reasoning_config": {"type": "enabled", "budget_tokens": 1024}},
        {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
        {"reasoning_effort": "high"},
        {"output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}}},
        {"tool_choice": {"disable_parallel_tool_use": True}},
        {"anthropic_beta": ["fine-grained-tool-streaming-2025-05-14"]},
        {"anthropic_beta": []},
        {},
    ],
)
def test_caller_fields_by_default_are_those_of_reasoning_tools_and_free_betas(fields: object) -> None:
    assert fields_sent(settings(), fields) == fields


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"anthropic_beta": ["context-1m-2025-08-07"]}, "anthropic_beta"),
        ({"anthropic_beta": ["effort-2025-11-24", "computer-use-2025-11-24"]}, "anthropic_beta"),
        ({"anthropic_beta": ["output-128k-2025-02-19"]}, "anthropic_beta"),
        ({"anthropic_beta": "context-1m-2025-08-07"}, "anthropic_beta"),
        ({"anthropic_beta": [["effort-2025-11-24"]]}, "anthropic_beta"),
        ({"anthropic_beta": {"a": 1}}, "anthropic_beta"),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, "tools"),
        ({"messages": []}, "messages"),
        ({"service_tier": "priority"}, "service_tier"),
        ({"tool_choice": {"type": "any"}}, "tool_choice.type"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"output_config": {"effort": "low", "other": {}}}, "output_config.other"),
        ({"max_tokens": 5}, "max_tokens"),
        ({"top_k": 5}, "top_k"),
        ({"thinking.budget": 5}, "thinking.budget"),
    ],
)
def test_caller_fields_beyond_the_list_are_a_400_that_names_the_field(fields: object, path: str) -> None:
    body = {"messages": MESSAGES, EXTRA: fields}
    assert refused(settings(), body).param == f"{EXTRA}.{path}"
    opened = settings(callerMaySend=["*"])
    assert fields_sent(opened, fields) == fields


def test_caller_fields_can_be_closed_listed_and_added_to() -> None:
    thinking = {"thinking": {"type": "adaptive"}}
    assert refused(settings(callerMaySend=[]), {"messages": MESSAGES, EXTRA: thinking})
    assert fields_sent(settings(callerMaySend=["top_k"]), {"top_k": 5}) == {"top_k": 5}
    assert refused(settings(callerMaySend=["top_k"]), {"messages": MESSAGES, EXTRA: thinking})
    more = settings(callerMaySend=["default", "anthropic_beta=context-1m-2025-08-07"])
    fields = {**thinking, "anthropic_beta": ["context-1m-2025-08-07", "effort-2025-11-24"]}
    assert fields_sent(more, fields) == fields


def test_caller_fields_default_list_has_no_price_class_and_no_computer() -> None:
    assert not [name for name in DEFAULT if "context-1m" in name or "computer" in name or "128k" in name]


@pytest.mark.parametrize("name", ["thinking", "reasoning_config"])
@pytest.mark.parametrize("budget", [256, 10**6, "5", True, 1.5])
def test_caller_fields_budget_of_thinking_stays_below_the_limit(name: str, budget: object) -> None:
    limited = settings(maxTokens=256)
    fields = {name: {"type": "enabled", "budget_tokens": budget}}
    with pytest.raises(HTTPError) as caught:
        fields_sent(limited, fields)
    assert caught.value.param == f"{EXTRA}.{name}.budget_tokens"
    below = {name: {"type": "enabled", "budget_tokens": 255}}
    assert fields_sent(limited, below) == below


def test_caller_fields_list_is_not_for_what_a_format_writes_itself() -> None:
    closed = settings(callerMaySend=[])
    body = {
        "max_tokens": 5,
        "top_k": 3,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [{"role": "user", "content": "Hi"}],
    }
    asked = call("/v1/messages", body)
    sent = closed.arguments(closed.model(None), asked.members, asked.own_fields)
    assert sent[EXTRA] == {"top_k": 3, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    limited = settings(maxTokens=1024)
    with pytest.raises(HTTPError) as caught:
        limited.arguments(limited.model(None), asked.members, asked.own_fields)
    assert caught.value.param == "thinking.budget_tokens"


@pytest.mark.parametrize("path", ["/chat", "/model/m/converse-stream", "/ui/chat"])
@pytest.mark.parametrize(
    "content",
    [
        [{"image": {"format": "png", "source": {"s3Location": S3}}}],
        [{"document": {"format": "pdf", "name": "a", "source": {"s3Location": S3}}}],
        [{"video": {"format": "mp4", "source": {"s3Location": S3}}}],
        [{"audio": {"format": "mp3", "source": {"s3Location": S3}}}],
        [{"toolResult": {"toolUseId": "t", "content": [{"video": {"source": {"s3Location": S3}}}]}}],
        [{"guardContent": {"image": {"format": "png", "source": {"s3Location": S3}}}}],
    ],
)
def test_caller_fields_s3_location_is_refused_unless_allowed(path: str, content: object) -> None:
    body: dict[str, object] = {"system": content}
    if path == "/ui/chat":
        body["messages"] = [{"role": "user", "parts": [{"type": "text", "text": "x"}]}]
    else:
        body["messages"] = [{"role": "user", "content": content}]
        body.pop("system")
    assert refused(settings(), body, path).param == "s3Location"
    asked = call(path, body)
    opened = settings(callerMaySend=["default", "s3Location"])
    assert opened.arguments(opened.model(None), asked.members, asked.own_fields)


def test_caller_fields_system_tool_is_refused_unless_allowed() -> None:
    tools = {"tools": [{"systemTool": {"name": "nova_grounding"}}]}
    body = {"messages": MESSAGES, "toolConfig": tools}
    assert refused(settings(), body).param == "toolConfig.tools.systemTool"
    asked = call("/chat", body)
    opened = settings(callerMaySend=["systemTool"])
    assert opened.arguments(opened.model(None), asked.members)["toolConfig"] == tools


@pytest.mark.parametrize("tools", [5, "x", None, [5], {"a": 1}])
def test_caller_fields_malformed_tools_are_passed_to_bedrock(tools: object) -> None:
    asked = call("/chat", {"messages": MESSAGES, "toolConfig": {"tools": tools}})
    assert settings().arguments(settings().model(None), asked.members)["toolConfig"] == {"tools": tools}


def test_caller_fields_tool_input_may_have_any_names() -> None:
    use = {"toolUse": {"toolUseId": "t", "name": "f", "input": {"s3Location": S3, "systemTool": 1}}}
    messages = [{"role": "assistant", "content": [use]}]
    asked = call("/chat", {"messages": messages})
    assert settings().arguments(settings().model(None), asked.members)["messages"] == messages
    native = {"messages": [{"content": [{"type": "tool_use", "input": {"s3Location": S3}}]}]}
    assert native_arguments(settings(), settings().model(None), {}, native)["modelId"] == CLAUDE


@pytest.mark.parametrize(
    ("body", "param", "opener"),
    [
        (
            {"messages": [{"content": [{"video": {"source": {"s3Location": S3}}}]}]},
            "s3Location",
            "s3Location",
        ),
        ({"toolConfig": {"tools": [{"systemTool": {"name": "x"}}]}}, "systemTool", "systemTool"),
        ({"anthropic_beta": ["context-1m-2025-08-07"]}, "anthropic_beta", "anthropic_beta"),
        ({"anthropic_beta": "context-1m-2025-08-07"}, "anthropic_beta", "*"),
    ],
)
def test_caller_fields_list_applies_to_native_requests(
    body: dict[str, object], param: str, opener: str
) -> None:
    with pytest.raises(HTTPError) as caught:
        native_arguments(settings(), settings().model(None), {}, body)
    assert (caught.value.code, caught.value.param) == ("not_allowed", param)
    opened = settings(callerMaySend=[opener])
    assert native_arguments(opened, opened.model(None), {}, body)["modelId"] == CLAUDE
