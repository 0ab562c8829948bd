"""Anthropic's Messages: requests converted."""

from __future__ import annotations

from base64 import b64encode

import pytest
from lambda_streaming import Event, HTTPError

from tests.unit.lambda_src.chat.streams import (
    call,
)

PATH = "/v1/messages"
HI = {"model": "model-1", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
PIXEL = b64encode(b"pixel").decode()


def data(items: list[object]) -> list[object]:
    events = [item for item in items if isinstance(item, Event)]
    assert len(events) == len(items)
    assert [event.event for event in events] == [event.data["type"] for event in events]  # type: ignore[index]
    return [event.data for event in events]


def refused(**more: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        call(PATH, {**HI, **more})
    assert caught.value.status == 400
    return caught.value


def blocks(*blocks: object, role: str = "user") -> list[object]:
    """Return the content blocks that Bedrock is sent for some of Anthropic's."""
    body = {**HI, "messages": [{"role": role, "content": list(blocks)}], "tools": [{"name": "f"}]}
    (*_, message) = call(PATH, body).members["messages"]
    return list(message["content"])


def test_chat_anthropic_request_sends_only_given_members() -> None:
    asked = call(PATH, HI)
    assert asked.model == "model-1"
    assert asked.members == {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "inferenceConfig": {"maxTokens": 9},
    }


def test_chat_anthropic_parameters_become_converse_members() -> None:
    asked = call(
        PATH,
        {
            **HI,
            "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "temperature": 1,
            "top_p": 0.5,
            "top_k": 3,
            "stop_sequences": ["x"],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
            "metadata": {"user_id": "u"},
        },
    )
    assert asked.members["system"] == [{"text": "s"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    assert asked.members["inferenceConfig"] == {
        "maxTokens": 9,
        "temperature": 1,
        "topP": 0.5,
        "stopSequences": ["x"],
    }
    assert asked.own_fields == {
        "top_k": 3,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    assert asked.members["outputConfig"]["effort"] == "low"
    assert asked.members["outputConfig"]["textFormat"]["type"] == "json_schema"


def test_chat_anthropic_every_content_block_is_converted() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": PIXEL}
    assert blocks(
        {"type": "image", "source": source, "cache_control": {"type": "ephemeral"}},
        {"type": "document", "source": pdf, "title": "My.pdf", "citations": {"enabled": True}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "x"},
            "context": "c",
        },
        {"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": True},
        {"type": "tool_result", "tool_use_id": "u", "content": [{"type": "image", "source": source}]},
        {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
    ) == [
        {"image": {"format": "png", "source": {"bytes": b"pixel"}}},
        {"cachePoint": {"type": "default"}},
        {
            "document": {
                "format": "pdf",
                "source": {"bytes": b"pixel"},
                "name": "My pdf",
                "citations": {"enabled": True},
            }
        },
        {"document": {"format": "txt", "source": {"bytes": b"x"}, "name": "document", "context": "c"}},
        {"toolResult": {"toolUseId": "t", "content": [{"text": "no"}], "status": "error"}},
        {
            "toolResult": {
                "toolUseId": "u",
                "content": [{"image": {"format": "png", "source": {"bytes": b"pixel"}}}],
            }
        },
        {"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}},
        {"text": "See the document."},
    ]
    assert blocks(
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": PIXEL},
        {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        role="assistant",
    ) == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": b"pixel"}},
        {"toolUse": {"toolUseId": "t", "name": "n", "input": {"a": 1}}},
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ({"type": "auto"}, {"auto": {}}),
        ({"type": "any"}, {"any": {}}),
        ({"type": "tool", "name": "f"}, {"tool": {"name": "f"}}),
    ],
)
def test_chat_anthropic_tools_and_tool_choice_are_converted(choice: object, sent: object) -> None:
    tool = {"name": "f", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}
    config = call(PATH, {**HI, "tools": [tool], "tool_choice": choice}).members["toolConfig"]
    assert config["tools"] == [
        {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}},
        {"cachePoint": {"type": "default"}},
    ]
    assert config.get("toolChoice") == sent


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages[0].content[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}]},
            "messages[0].content[0].source",
        ),
        ({"tools": [{"type": "web_search_20250305", "name": "w"}]}, "tools[0].type"),
        ({"tools": [{"name": "f"}], "tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"container": "x"}, "container"),
    ],
)
def test_chat_anthropic_unsupported_field_is_a_400_with_its_name(more: dict[str, object], param: str) -> None:
    assert refused(**more).param == param


def test_chat_anthropic_empty_thinking_is_sent_back_with_its_signature() -> None:
    assert blocks({"type": "thinking", "thinking": "", "signature": "sig"}, role="assistant") == [
        {"reasoningContent": {"reasoningText": {"text": "", "signature": "sig"}}}
    ]


def test_chat_anthropic_cache_control_in_tool_result_follows_the_result() -> None:
    part = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    assert blocks({"type": "tool_result", "tool_use_id": "t", "content": [part]}) == [
        {"toolResult": {"toolUseId": "t", "content": [{"text": "x"}]}},
        {"cachePoint": {"type": "default"}},
    ]


def test_chat_anthropic_documents_of_same_name_are_numbered() -> None:
    def document(title: str | None = None) -> dict[str, object]:
        source = {"type": "text", "media_type": "text/plain", "data": "x"}
        return {"type": "document", "source": source, "title": title}

    result = {"type": "tool_result", "tool_use_id": "t", "content": [document("Report")]}
    messages = [
        {"role": "user", "content": [document(), document(), document("report")]},
        {"role": "assistant", "content": "ok"},
        {"role": "user", "content": [result, document("document (2)")]},
    ]
    sent = call(PATH, {**HI, "messages": messages, "tools": [{"name": "f"}]}).members["messages"]
    first, second, third = (block["document"]["name"] for block in sent[0]["content"][:3])
    assert (first, second, third) == ("document", "document (2)", "report")
    within, last, _ = sent[2]["content"]
    assert within["toolResult"]["content"][0]["document"]["name"] == "Report (2)"
    assert last["document"]["name"] == "document (2) (2)"


@pytest.mark.parametrize("without", [{}, {"tools": [{"name": "f"}], "tool_choice": {"type": "none"}}])
def test_chat_anthropic_without_tools_earlier_tool_calls_become_text(without: dict[str, object]) -> None:
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [image]}
    failure = {"type": "tool_result", "tool_use_id": "u", "is_error": True}
    messages = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result, failure]}]
    members = call(PATH, {**HI, "messages": messages, **without}).members
    assert "toolConfig" not in members
    assert [message["content"] for message in members["messages"][1:]] == [
        [{"text": 'called f with {"a": 1}'}],
        [
            {"text": "the result:"},
            {"image": {"format": "png", "source": {"bytes": b"pixel"}}},
            {"text": "the result, which is an error:"},
            {"text": "(no output)"},
        ],
    ]
