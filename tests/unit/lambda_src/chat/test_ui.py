"""The AI SDK's UI message stream: requests converted, and golden answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EventStreamError
from chat.converse.model_call import ChatRequest
from chat.errors import UpstreamError
from chat.formats.ui.response import UiMessage
from chat.routes import find
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.streams import (
    SETTINGS,
    TEXT,
    TOOLS,
    USAGE,
    call,
    end,
    failing,
    items,
    items_before_failure,
    respond,
    stop,
)

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

PATH = "/ui/chat"
HI: dict[str, Any] = {
    "id": "c",
    "trigger": "submit-message",
    "messages": [{"id": "m", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}],
}


def test_chat_ui_body_of_use_chat_is_a_request() -> None:
    assert call(PATH, HI).members == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def test_chat_ui_body_may_have_converse_stream_members() -> None:
    asked = call(PATH, {**HI, "model": "m", "inferenceConfig": {"maxTokens": 5}})
    assert (asked.model, asked.members["inferenceConfig"]) == ("m", {"maxTokens": 5})


def test_chat_ui_tool_results_become_user_messages() -> None:
    parts = [
        {"type": "step-start"},
        {"type": "reasoning", "text": "hm"},
        {"type": "text", "text": "a"},
        {"type": "tool-now", "toolCallId": "t", "state": "output-available", "input": {}, "output": {"h": 7}},
        {
            "type": "dynamic-tool",
            "toolName": "x",
            "toolCallId": "u",
            "state": "output-error",
            "errorText": "no",
        },
        {"type": "step-start"},
        {"type": "text", "text": "b"},
    ]
    asked = call(PATH, {"messages": [{"role": "assistant", "parts": parts}], "toolConfig": {"tools": []}})
    assert asked.members["messages"][1:] == [
        {
            "role": "assistant",
            "content": [
                {"text": "a"},
                {"toolUse": {"toolUseId": "t", "name": "now", "input": {}}},
                {"toolUse": {"toolUseId": "u", "name": "x", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "t", "content": [{"text": '{"h": 7}'}]}},
                {"toolResult": {"toolUseId": "u", "content": [{"text": "no"}], "status": "error"}},
            ],
        },
        {"role": "assistant", "content": [{"text": "b"}]},
    ]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "parts": [{"type": "x"}]}]}, "messages[0].parts[0]"),
        (
            {"messages": [{"role": "user", "parts": [{"type": "file", "url": "https://x"}]}]},
            "messages[0].parts[0].url",
        ),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "parts": [{"type": "tool-a", "toolCallId": "t", "state": "output-lost"}],
                    }
                ]
            },
            "messages[0].parts[0].state",
        ),
    ],
)
def test_chat_ui_unsupported_part_is_a_400_with_its_name(body: object, param: str) -> None:
    with pytest.raises(HTTPError) as caught:
        call(PATH, body)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_chat_ui_stream_has_the_parts_of_a_message() -> None:
    assert respond(call(PATH, HI), TEXT).headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert items(call(PATH, HI), TEXT) == [
        {"type": "start", "messageId": "msg_r-1"},
        {"type": "start-step"},
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": "Hel"},
        {"type": "text-delta", "id": "0", "delta": "lo"},
        {"type": "text-end", "id": "0"},
        {"type": "finish-step"},
        {
            "type": "finish",
            "finishReason": "stop",
            "messageMetadata": {"usage": USAGE, "model": "model-1"},
        },
        "[DONE]",
    ]


def test_chat_ui_reasoning_and_tool_use_are_parts() -> None:
    tool = {"toolCallId": "t-1"}
    assert items(call(PATH, HI), TOOLS)[2:-3] == [
        {"type": "reasoning-start", "id": "0"},
        {"type": "reasoning-delta", "id": "0", "delta": "hm"},
        {"type": "reasoning-end", "id": "0", "providerMetadata": {"bedrock": {"signature": "sig"}}},
        {"type": "text-start", "id": "1"},
        {"type": "text-delta", "id": "1", "delta": "Let me see"},
        {"type": "text-end", "id": "1"},
        {"type": "tool-input-start", **tool, "toolName": "weather"},
        {"type": "tool-input-delta", **tool, "inputTextDelta": '{"city":'},
        {"type": "tool-input-delta", **tool, "inputTextDelta": '"Bonn"}'},
        {"type": "tool-input-available", **tool, "toolName": "weather", "input": {"city": "Bonn"}},
    ]


def failed(events: Iterable[ConverseEvent]) -> tuple[list[object], bytes]:
    """Return what is written of a message that fails, and the event that ends it."""
    written: list[object] = []
    body = respond(call(PATH, HI), events).body
    assert isinstance(body, UiMessage)
    with pytest.raises(UpstreamError) as error:
        written.extend(body)
    return written, body.last_event(error.value)


def test_chat_ui_broken_stream_has_error_part_and_no_finish() -> None:
    error = EventStreamError({"Error": {"Code": "throttlingException", "Message": ""}}, "ConverseStream")
    written, last = failed(failing(TEXT[:5], error))
    assert (
        last
        == b'data: {"type":"error","errorText":"the model is throttled; try again later"}\n\ndata: [DONE]\n\n'
    )
    assert "'finish'" not in str(written)


def test_chat_ui_failed_stream_before_first_event_is_a_status() -> None:
    assert items_before_failure(call(PATH, HI), failing([], ConnectionResetError())) == []


def test_chat_ui_without_tools_earlier_tool_calls_become_text() -> None:
    part = {"type": "tool-now", "toolCallId": "t", "state": "output-available", "output": "noon"}
    messages = call(PATH, {"messages": [{"role": "assistant", "parts": [part]}]}).members["messages"]
    assert [message["content"] for message in messages[1:]] == [
        [{"text": "called now with {}"}],
        [{"text": "the result:"}, {"text": "noon"}],
    ]


def test_ui_call_cut_at_the_limit_stays_unfinished() -> None:
    events = [*TOOLS[:8], stop(2), end("max_tokens")]
    written = items(call(PATH, HI), events)
    assert "tool-input-available" not in str(written)
    assert written[-2:] == [{"type": "finish", "finishReason": "length"}, "[DONE]"]


def test_ui_call_with_invalid_input_not_cut_by_limit_is_an_error() -> None:
    _, last = failed([*TOOLS[:8], stop(2), end("tool_use")])
    assert last.startswith(b'data: {"type":"error",')
    assert last.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("kind", ["reasoning", "reasoning-file", "custom"])
def test_chat_ui_part_of_an_answer_that_no_model_takes_back_is_left_out_and_named(kind: str) -> None:
    parts = [{"type": kind, "text": "hm", "url": "https://x"}, {"type": "text", "text": "a"}]
    body = {"messages": [*HI["messages"], {"role": "assistant", "parts": parts}, *HI["messages"]]}
    request = ChatRequest({"path": PATH, "body": json.dumps(body)}, SETTINGS)
    members = find(PATH).read(request).members
    assert members["messages"][1] == {"role": "assistant", "content": [{"text": "a"}]}
    assert request.dropped.header() == f"messages.parts.{kind}"
