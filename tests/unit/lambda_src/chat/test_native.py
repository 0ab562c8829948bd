"""``POST /chat``: what a caller may send, and the typed events of the answer."""

from __future__ import annotations

from base64 import b64encode

import pytest
from botocore.exceptions import EventStreamError
from chat.converse.model_call import ChatRequest
from chat.formats.native import read
from lambda_streaming import Event, HTTPError

from tests.unit.lambda_src.chat.streams import (
    SETTINGS,
    TEXT,
    TOOLS,
    USAGE,
    call,
    failing,
    items,
    items_before_failure,
    respond,
)

HI = {"prompt": "Hi"}
PIXEL = b64encode(b"pixel").decode()


def refused(body: str | None, **event: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        read(ChatRequest({"path": "/chat", "body": body, **event}, SETTINGS))
    assert caught.value.status == 400
    assert caught.value.type == "invalid_request_error"
    return caught.value


def named(items: list[object]) -> list[tuple[str | None, object]]:
    assert all(isinstance(item, Event) for item in items)
    return [(item.event, item.data) for item in items if isinstance(item, Event)]


def test_chat_native_prompt_alone_is_a_request() -> None:
    asked = call("/chat", HI)
    assert asked.members == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    assert asked.model is None


def test_chat_native_base64_encoded_body_is_decoded() -> None:
    body = b64encode('{"prompt": "schön"}'.encode()).decode()
    asked = read(ChatRequest({"path": "/chat", "body": body, "isBase64Encoded": True}, SETTINGS))
    assert asked.members["messages"][0]["content"] == [{"text": "schön"}]


def test_chat_native_inference_config_is_passed_unchanged() -> None:
    config = {"maxTokens": 5, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]}
    assert call("/chat", {**HI, "inferenceConfig": config}).members["inferenceConfig"] == config


def test_chat_native_every_converse_stream_member_is_accepted() -> None:
    members = {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
        "inferenceConfig": {"maxTokens": 5},
        "toolConfig": {"tools": [{"toolSpec": {"name": "n", "inputSchema": {"json": {}}}}]},
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"},
        "additionalModelRequestFields": {"top_k": 3},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "promptVariables": {"name": {"text": "x"}},
        "requestMetadata": {"team": "a"},
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "flex"},
        "outputConfig": {"effort": "low"},
    }
    asked = call("/chat", {"model": "m", **members})
    assert (asked.model, asked.members) == ("m", members)


def test_chat_native_prompt_variables_alone_are_a_request() -> None:
    variables = {"promptVariables": {"name": {"text": "x"}}}
    assert call("/chat", variables).members == variables


def test_chat_native_base64_becomes_bytes_only_in_blob_members() -> None:
    image = {"image": {"format": "png", "source": {"bytes": PIXEL}}}
    decoded = {"image": {"format": "png", "source": {"bytes": b"pixel"}}}
    untouched = {"toolUse": {"toolUseId": "t", "name": "n", "input": image}}
    asked = call(
        "/chat",
        {
            "messages": [
                {"role": "user", "content": [image, {"toolResult": {"toolUseId": "t", "content": [image]}}]},
                {
                    "role": "assistant",
                    "content": [untouched, {"reasoningContent": {"redactedContent": PIXEL}}],
                },
                {"role": "user", "content": [{"guardContent": image}]},
            ]
        },
    )
    one, two, three = asked.members["messages"]
    assert one["content"] == [decoded, {"toolResult": {"toolUseId": "t", "content": [decoded]}}]
    assert two["content"] == [untouched, {"reasoningContent": {"redactedContent": b"pixel"}}]
    assert three["content"] == [{"guardContent": decoded}]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (None, "invalid_json", None),
        ("", "invalid_json", None),
        ("{", "invalid_json", None),
        ("[" * 100_000, "invalid_json", None),
        ('{"prompt": NaN}', "invalid_json", None),
        ('{"prompt": "Hi", "inferenceConfig": {"topP": 1e999}}', "invalid_json", None),
        ("[]", "invalid_json", None),
        ("{}", "missing_prompt", "prompt"),
        ('{"prompt": ""}', "empty_prompt", "prompt"),
        ('{"prompt": " \\n"}', "empty_prompt", "prompt"),
        ('{"prompt": 7}', "invalid_prompt", "prompt"),
        ('{"prompt": null}', "invalid_prompt", "prompt"),
        ('{"prompt": "Hi", "model": 1}', "invalid_type", "model"),
        ('{"prompt": "Hi", "messages": []}', "invalid_value", "prompt"),
        ('{"messages": []}', "empty_messages", "messages"),
        ('{"messages": {}}', "invalid_type", "messages"),
        ('{"messages": [1]}', "invalid_type", "messages[0]"),
        ('{"messages": [{"content": []}]}', "missing_field", "messages[0].role"),
        (
            '{"messages": [{"role": "user", "content": [{"image": {"source": {"bytes": "%"}}}]}]}',
            "invalid_base64",
            "messages[0].content[0].image.source.bytes",
        ),
        ('{"prompt": "Hi", "inferenceConfig": []}', "invalid_type", "inferenceConfig"),
        ('{"prompt": "Hi", "inferenceConfig": {"topP": true}}', "invalid_type", "inferenceConfig.topP"),
        (
            '{"prompt": "Hi", "inferenceConfig": {"maxTokens": 0}}',
            "invalid_value",
            "inferenceConfig.maxTokens",
        ),
        (
            '{"prompt": "Hi", "inferenceConfig": {"maxTokens": 1.5}}',
            "invalid_type",
            "inferenceConfig.maxTokens",
        ),
        (
            '{"prompt": "Hi", "inferenceConfig": {"stopSequences": [1]}}',
            "invalid_type",
            "inferenceConfig.stopSequences",
        ),
        (
            '{"prompt": "Hi", "guardrailConfig": {"guardrailVersion": "1"}}',
            "missing_field",
            "guardrailConfig",
        ),
        ('{"prompt": "Hi", "serviceTier": {"type": "x"}}', "invalid_value", "serviceTier.type"),
    ],
)
def test_chat_native_malformed_request_is_a_400_with_the_field_name(
    body: str | None, code: str, param: str | None
) -> None:
    error = refused(body)
    assert (error.code, error.param) == (code, param)


def test_chat_native_body_that_is_not_base64_is_a_400() -> None:
    assert refused("%%%", isBase64Encoded=True).code == "invalid_json"


def test_chat_native_unknown_format_is_a_400() -> None:
    error = refused('{"prompt": "Hi"}', queryStringParameters={"format": "xml"})
    assert (error.code, error.param) == ("invalid_format", "format")


def test_chat_native_stream_has_typed_events_and_ends_with_done() -> None:
    assert named(items(call("/chat", HI), TEXT)) == [
        ("start", {"model": "model-1"}),
        ("delta", {"text": "Hel"}),
        ("delta", {"text": "lo"}),
        ("usage", {**USAGE, "latencyMs": 9}),
        ("done", {"stopReason": "end_turn", "usage": USAGE}),
    ]


def test_chat_native_reasoning_and_tool_use_have_own_events() -> None:
    assert named(items(call("/chat", HI), TOOLS))[1:-2] == [
        ("reasoning", {"reasoning": "hm"}),
        ("reasoning", {"signature": "sig"}),
        ("delta", {"text": "Let me see"}),
        ("tool", {"id": "t-1", "name": "weather"}),
        ("tool", {"id": "t-1", "input": '{"city":'}),
        ("tool", {"id": "t-1", "input": '"Bonn"}'}),
    ]


def test_chat_native_ndjson_has_the_events_as_objects_with_a_type() -> None:
    asked = call("/chat", HI, query={"format": "ndjson"})
    assert respond(asked, TEXT).headers["content-type"] == "application/x-ndjson"
    assert items(asked, TEXT)[1:3] == [{"type": "delta", "text": "Hel"}, {"type": "delta", "text": "lo"}]


def test_chat_native_text_format_has_only_the_text() -> None:
    assert items(call("/chat", HI, query={"format": "text"}), TOOLS) == ["Let me see"]


@pytest.mark.parametrize("format", ["sse", "ndjson", "text"])
def test_chat_native_broken_stream_has_no_done_event(format: str) -> None:
    error = EventStreamError(
        {"Error": {"Code": "modelStreamErrorException", "Message": ""}}, "ConverseStream"
    )
    asked = call("/chat", HI, query={"format": format})
    written = items_before_failure(asked, failing(TEXT[:5], error))
    assert "Hel" in repr([getattr(item, "data", item) for item in written])
    assert "done" not in repr([getattr(item, "event", item) for item in written])
