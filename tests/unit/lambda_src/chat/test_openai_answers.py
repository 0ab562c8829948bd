"""OpenAI's Chat Completions: golden answers."""

from __future__ import annotations

import pytest
from botocore.exceptions import EventStreamError

from tests.unit.lambda_src.chat.streams import (
    START,
    TEXT,
    TOOLS,
    call,
    end,
    failing,
    items,
    items_before_failure,
    respond,
    stop,
)

PATH = "/v1/chat/completions"
HI = {"model": "model-1", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**HI, "stream": True}
SAID = {"id": "chatcmpl-r-1", "object": "chat.completion.chunk", "created": 7, "model": "model-1"}
USAGE = {
    "prompt_tokens": 8,
    "completion_tokens": 2,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 4},
}


def chunk(delta: object, finish: str | None = None) -> dict[str, object]:
    return {**SAID, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_chat_openai_stream_opens_with_role_and_ends_with_done() -> None:
    assert items(call(PATH, STREAM), TEXT) == [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        "[DONE]",
    ]


def test_chat_openai_include_usage_adds_a_usage_chunk() -> None:
    asked = call(PATH, {**STREAM, "stream_options": {"include_usage": True}})
    assert items(asked, TEXT)[-2:] == [{**SAID, "choices": [], "usage": USAGE}, "[DONE]"]


def test_chat_openai_stream_has_reasoning_and_tool_calls() -> None:
    def calls(**of: object) -> dict[str, object]:
        return chunk({"tool_calls": [{"index": 0, **of}]})

    assert items(call(PATH, STREAM), TOOLS)[1:-1] == [
        chunk(
            {
                "reasoning_content": "hm",
                "thinking_blocks": [{"index": 0, "type": "thinking", "thinking": "hm", "signature": ""}],
            }
        ),
        chunk({"thinking_blocks": [{"index": 0, "type": "thinking", "thinking": "", "signature": "sig"}]}),
        chunk({"content": "Let me see"}),
        calls(id="t-1", type="function", function={"name": "weather", "arguments": ""}),
        calls(function={"arguments": '{"city":'}),
        calls(function={"arguments": '"Bonn"}'}),
        chunk({}, "tool_calls"),
    ]


def test_chat_openai_tool_call_without_input_has_empty_object_arguments() -> None:
    begin = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "now"}}}
    events = [START, {"contentBlockStart": begin}, stop(0), end("tool_use")]
    body = respond(call(PATH, HI), events).body
    assert body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"  # type: ignore[call-overload,index]
    (arguments,) = [item for item in items(call(PATH, STREAM), events) if "'{}'" in str(item)]
    assert arguments == chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]})


def test_chat_openai_without_stream_response_is_one_object() -> None:
    response = respond(call(PATH, HI), TOOLS)
    function = {"name": "weather", "arguments": '{"city":"Bonn"}'}
    assert response.body == {
        **SAID,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Let me see",
                    "refusal": None,
                    "reasoning_content": "hm",
                    "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "sig"}],
                    "tool_calls": [{"id": "t-1", "type": "function", "function": function}],
                },
                "finish_reason": "tool_calls",
                "logprobs": None,
            }
        ],
        "usage": USAGE,
    }


@pytest.mark.parametrize("cut", range(1, len(TOOLS) - 2))
def test_chat_openai_broken_stream_has_no_done_and_no_finish_reason(cut: int) -> None:
    error = EventStreamError({"Error": {"Code": "throttlingException", "Message": ""}}, "ConverseStream")
    written = items_before_failure(call(PATH, STREAM), failing(TOOLS[:cut], error))
    assert "[DONE]" not in written
    assert "'finish_reason': 'tool_calls'" not in str(written)


def test_chat_openai_stream_without_usage_reports_zero_tokens() -> None:
    asked = call(PATH, {**HI, "stream": True, "stream_options": {"include_usage": True}})
    *_, usage, done = items(asked, TEXT[:-1])
    assert done == "[DONE]"
    assert usage["usage"]["total_tokens"] == 0  # type: ignore[index]
    assert respond(call(PATH, HI), TEXT[:-1]).body["usage"]["total_tokens"] == 0  # type: ignore[index,call-overload]
