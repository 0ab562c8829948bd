"""What reaches Claude of messages, system prompt and tools."""

from __future__ import annotations

from typing import Any

import pytest
from chat.formats.claude.members import BLOCKS
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.claude.asking import HI, OPUS_4_6, OPUS_4_8, SONNET_5, TOOL, read, sent

PNG = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
USE = {"type": "tool_use", "id": "t", "name": "w", "input": {"city": "Bonn"}}
FOUND = {
    "type": "tool_search_tool_search_result",
    "tool_references": [{"type": "tool_reference", "tool_name": "w"}],
}
GOOD: dict[str, dict[str, Any]] = {
    "compaction": {"content": "so far"},
    "document": {"source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": "t"},
    "image": {"source": PNG},
    "redacted_thinking": {"data": "AAAA"},
    "search_result": {"source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
    "server_tool_use": {"id": "srv", "name": "tool_search_tool_regex", "input": {"pattern": "w"}},
    "text": {"text": "x", "citations": [{"type": "char_location"}]},
    "thinking": {"thinking": "hm", "signature": "sig"},
    "tool_reference": {"tool_name": "w"},
    "tool_result": {"tool_use_id": "t", "content": [{"type": "image", "source": PNG}], "is_error": True},
    "tool_search_tool_result": {"tool_use_id": "srv", "content": FOUND},
    "tool_use": {"id": "t", "name": "w", "input": {"a": [1]}},
}


def content_of(*blocks: dict[str, Any]) -> tuple[Any, str]:
    """Return the content of a message as it leaves."""
    body, dropped = sent(messages=[{"role": "user", "content": list(blocks)}], tools=[TOOL])
    return body["messages"][0]["content"], dropped


@pytest.mark.parametrize("kind", BLOCKS)
def test_claude_content_block_of_every_type_leaves_as_it_came(kind: str) -> None:
    block = {"type": kind, **GOOD[kind], "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    assert content_of(block) == ([block], "")
    assert content_of({**block, "caller": {"type": "direct"}, "secret": 1}) == ([block], "unknown: 1")


@pytest.mark.parametrize("kind", ["container_upload", "web_search_tool_result", "mcp_tool_use", "x"])
def test_claude_content_block_that_bedrock_has_not_is_a_400(kind: str) -> None:
    with pytest.raises(HTTPError, match=r"messages\[0\].content\[0\] of type") as caught:
        content_of({"type": kind})
    assert (caught.value.status, caught.value.code) == (400, "unsupported_value")


@pytest.mark.parametrize("kind", ["url", "file", "s3Location", None])
@pytest.mark.parametrize("within", [None, "tool_result", "document"])
def test_claude_content_source_that_would_be_fetched_is_a_400(kind: str | None, within: str | None) -> None:
    block: dict[str, Any] = {"type": "image", "source": {"type": kind, "url": "http://169.254.169.254/"}}
    if within == "tool_result":
        block = {"type": "tool_result", "tool_use_id": "t", "content": [block]}
    elif within == "document":
        block = {"type": "document", "source": {"type": "content", "content": [block]}}
    with pytest.raises(HTTPError, match="nothing is fetched") as caught:
        content_of(block)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "kind", ["web_search_20250305", "web_fetch_20250910", "code_execution_20250825", "mcp_toolset", "x"]
)
def test_claude_tool_of_anthropics_side_is_a_400(kind: str) -> None:
    with pytest.raises(HTTPError, match="does not run on the client's side") as caught:
        read(tools=[{"type": kind, "name": "w"}])
    assert (caught.value.status, caught.value.param) == (400, "tools[0].type")


def test_claude_tool_that_anthropic_defines_and_the_client_runs_is_taken() -> None:
    bash = {"type": "bash_20250124", "name": "bash"}
    screen = {"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 2}
    body, dropped = sent(tools=[bash, {**screen, "secret": 1}])
    assert (body["tools"], dropped) == ([bash, screen], "unknown: 1")


def test_claude_tool_choice_reaches_the_model_beside_tools_only() -> None:
    choice = {"type": "tool", "name": "w", "disable_parallel_tool_use": True}
    assert sent(tools=[TOOL], tool_choice=choice)[0]["tool_choice"] == choice
    body, dropped = sent(tools=[], tool_choice={"type": "auto"})
    assert ("tool_choice" in body, dropped) == (False, "")


def test_claude_content_names_and_ids_that_anthropic_refuses_are_aliased_alike() -> None:
    name, identity = "mcp.files.read", "call_A|fc:B"
    use = {"type": "tool_use", "id": identity, "name": name, "input": {}}
    result = {"type": "tool_result", "tool_use_id": identity, "content": "found"}
    asked = [*HI, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    body, _ = sent(messages=asked, tools=[{**TOOL, "name": name}], tool_choice={"type": "tool", "name": name})
    alias = body["tools"][0]["name"]
    (used,), (answered,) = (message["content"] for message in body["messages"][1:])
    assert alias == used["name"] == body["tool_choice"]["name"] != name
    assert used["id"] == answered["tool_use_id"] != identity
    assert {*alias, *used["id"]} <= {*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"}


def test_claude_content_blank_text_and_thinking_of_other_models_are_left_out() -> None:
    blocks = [{"type": "text", "text": " "}, {"type": "thinking", "thinking": "hm"}]
    asked = [
        {"role": "assistant", "content": "before"},
        {"role": "user", "content": [*blocks, {"type": "text", "text": "x"}]},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": " "},
    ]
    body, dropped = sent(messages=asked)
    begin, before, kept = body["messages"]
    assert (begin["role"], before["content"]) == ("user", "before")
    assert (kept["content"], dropped) == ([{"type": "text", "text": "x"}], "messages.content.thinking")


def test_claude_content_without_any_message_is_a_400() -> None:
    with pytest.raises(HTTPError, match="messages must have a message with content"):
        read(messages=[{"role": "user", "content": ""}])
    with pytest.raises(HTTPError, match=r"messages\[0\].role is not supported"):
        read(messages=[{"role": "developer", "content": "x"}])


def test_claude_content_billing_header_is_dropped_from_the_system_prompt_only() -> None:
    text = {"type": "text", "text": "x-anthropic-billing-header: cc_version=1"}
    other = {"type": "text", "text": "Be brief"}
    body, dropped = sent(system=[text, other], messages=[{"role": "user", "content": [text]}])
    assert (body["system"], body["messages"][0]["content"]) == ([other], [text])
    assert dropped == "system.x-anthropic-billing-header"
    body, _ = sent(system=text["text"])
    assert "system" not in body


def test_claude_content_system_message_stays_where_the_model_takes_it() -> None:
    asked = [*HI, {"role": "system", "content": "be brief"}, {"role": "user", "content": "go"}]
    for model in (OPUS_4_8, SONNET_5):
        body, _ = sent(model, messages=asked, system="first")
        assert (body["messages"], body["system"]) == (asked, "first")
    body, _ = sent(OPUS_4_6, messages=asked, system="first")
    assert body["messages"] == [asked[0], asked[2]]
    assert [block["text"] for block in body["system"]] == ["first", "be brief"]


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (SONNET_5, {"output_config": {"format": {"type": "json_schema", "schema": {}}}}),
        (SONNET_5, {"output_format": {"type": "json_schema", "schema": {}}}),
        (
            OPUS_4_6,
            {
                "messages": [
                    *HI,
                    {"role": "assistant", "content": [USE]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]},
                ]
            },
        ),
    ],
)
def test_claude_request_that_invoke_model_refuses_goes_through_converse(
    model: str, asked: dict[str, Any]
) -> None:
    call, _ = read(model, **asked)
    assert call.ask is None
    assert call.members["messages"]


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("us.amazon.nova-2-lite-v1:0", {}),
        ("model-1", {}),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5", {}),
        ("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2", {}),
        (SONNET_5, {"relay": "none"}),
    ],
)
def test_claude_relay_is_for_ids_of_claude_and_where_it_is_not_turned_off(
    model: str, settings: dict[str, object]
) -> None:
    call, _ = read(model, settings=settings)
    assert call.ask is None


def test_claude_relay_is_decided_for_the_model_that_a_caller_names() -> None:
    several = {"models": [{"modelId": "us.amazon.nova-2-lite-v1:0"}, {"modelId": SONNET_5}]}
    assert read(settings=several)[0].ask is None
    assert read(settings=several, model=SONNET_5)[0].ask is not None
