"""OpenAI's Chat Completions: requests converted, and golden answers."""

from __future__ import annotations

from base64 import b64encode

import pytest
from botocore.exceptions import EventStreamError
from chat.formats.openai import translate_error
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

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
PIXEL = b64encode(b"pixel").decode()
TOOL = {"type": "function", "function": {"name": "weather"}}


def chunk(delta: object, finish: str | None = None) -> dict[str, object]:
    return {**SAID, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def refused(**more: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        call(PATH, {**HI, **more})
    assert caught.value.status == 400
    return caught.value


def test_only_what_the_caller_gave_is_asked_for() -> None:
    asked = call(PATH, HI)
    assert asked.model == "model-1"
    assert asked.members == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def test_parameters_have_their_counterparts() -> None:
    asked = call(
        PATH,
        {
            **HI,
            "max_completion_tokens": 5,
            "temperature": 0.5,
            "top_p": 1,
            "stop": "x",
            "reasoning_effort": "high",
            "service_tier": "flex",
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"type": "object"}},
            },
        },
    )
    assert asked.members["inferenceConfig"] == {
        "maxTokens": 5,
        "temperature": 0.5,
        "topP": 1,
        "stopSequences": ["x"],
    }
    assert asked.members["serviceTier"] == {"type": "flex"}
    assert asked.members["outputConfig"] == {
        "effort": "high",
        "textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": '{"type": "object"}', "name": "n"}},
        },
    }


def test_a_conversation_with_tools_alternates_between_user_and_assistant() -> None:
    function = {"name": "weather", "arguments": '{"city":"Bonn"}'}
    messages = [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "a", "type": "function", "function": function},
                {"id": "b", "type": "function", "function": {"name": "now", "arguments": ""}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "rain"},
        {"role": "tool", "tool_call_id": "b", "content": ""},
        {"role": "user", "content": [{"type": "text", "text": "And?"}]},
    ]
    members = call(PATH, {"messages": messages, "tools": [TOOL]}).members
    assert members["system"] == [{"text": "Be brief"}]
    assert members["messages"] == [
        {"role": "user", "content": [{"text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "a", "name": "weather", "input": {"city": "Bonn"}}},
                {"toolUse": {"toolUseId": "b", "name": "now", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "a", "content": [{"text": "rain"}]}},
                {"toolResult": {"toolUseId": "b", "content": [{"text": " "}]}},
                {"text": "And?"},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "f"}}, {"tool": {"name": "f"}}),
    ],
)
def test_tools_and_their_choice_are_sent(choice: object, sent: object) -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "d", "strict": True}}
    config = call(PATH, {**HI, "tools": [tool], "tool_choice": choice}).members["toolConfig"]
    schema = {"json": {"type": "object", "properties": {}}}
    spec = {"name": "f", "description": "d", "strict": True, "inputSchema": schema}
    assert config["tools"] == [{"toolSpec": spec}]
    assert config.get("toolChoice") == sent


def test_images_documents_and_sound_are_converted() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {
            "type": "file",
            "file": {"file_data": f"data:application/pdf;base64,{PIXEL}", "filename": "My_file.pdf"},
        },
        {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
    ]
    (message,) = call(PATH, {"messages": [{"role": "user", "content": parts}]}).members["messages"]
    source = {"bytes": b"pixel"}
    assert message["content"] == [
        {"image": {"format": "png", "source": source}},
        {"document": {"format": "pdf", "source": source, "name": "My file pdf"}},
        {"audio": {"format": "wav", "source": source}},
    ]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"frequency_penalty": 0.1}, "frequency_penalty"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages"),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].role"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}],
                    }
                ]
            },
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "video"}]}]},
            "messages[0].content[0]",
        ),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"anything": 1}, "anything"),
    ],
)
def test_what_cannot_be_converted_is_a_400_that_names_the_field(more: dict[str, object], param: str) -> None:
    assert refused(**more).param == param


@pytest.mark.parametrize("harmless", [{"n": 1}, {"user": "u"}, {"parallel_tool_calls": True}, {"stop": None}])
def test_what_asks_for_what_happens_anyway_is_taken(harmless: dict[str, object]) -> None:
    assert call(PATH, {**HI, **harmless}).members == call(PATH, HI).members


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"service_tier": "flex"}, "service_tier"),
        ({"messages": [{"role": "system", "content": "x"}, *HI["messages"]]}, "messages"),
    ],
)
def test_what_the_deployment_decides_is_named_as_openais_api_names_it(
    more: dict[str, object], param: str
) -> None:
    prompted = ChatSettings("model-1", '{"system": "Be brief"}')
    with pytest.raises(HTTPError) as caught:
        prompted.arguments(prompted.model(None), call(PATH, {**HI, **more}).members)
    translate_error(caught.value)
    assert (caught.value.code, caught.value.param) == ("not_allowed", param)


def test_a_stream_opens_with_the_role_and_ends_with_done() -> None:
    assert items(call(PATH, STREAM), TEXT) == [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        "[DONE]",
    ]


def test_usage_is_a_chunk_of_its_own_if_asked_for() -> None:
    asked = call(PATH, {**STREAM, "stream_options": {"include_usage": True}})
    assert items(asked, TEXT)[-2:] == [{**SAID, "choices": [], "usage": USAGE}, "[DONE]"]


def test_reasoning_and_tool_calls_are_streamed() -> None:
    def calls(**of: object) -> dict[str, object]:
        return chunk({"tool_calls": [{"index": 0, **of}]})

    assert items(call(PATH, STREAM), TOOLS)[1:-1] == [
        chunk({"reasoning_content": "hm"}),
        chunk({"content": "Let me see"}),
        calls(id="t-1", type="function", function={"name": "weather", "arguments": ""}),
        calls(function={"arguments": '{"city":'}),
        calls(function={"arguments": '"Bonn"}'}),
        chunk({}, "tool_calls"),
    ]


def test_a_tool_without_input_has_an_empty_object_as_arguments() -> None:
    begin = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "now"}}}
    events = [START, {"contentBlockStart": begin}, stop(0), end("tool_use")]
    body = respond(call(PATH, HI), events).body
    assert body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"  # type: ignore[call-overload,index]
    (arguments,) = [item for item in items(call(PATH, STREAM), events) if "'{}'" in str(item)]
    assert arguments == chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]})


def test_without_stream_the_answer_is_one_object() -> None:
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
                    "tool_calls": [{"id": "t-1", "type": "function", "function": function}],
                },
                "finish_reason": "tool_calls",
                "logprobs": None,
            }
        ],
        "usage": USAGE,
    }


@pytest.mark.parametrize("cut", range(1, len(TOOLS) - 2))
def test_a_stream_that_breaks_never_looks_finished(cut: int) -> None:
    error = EventStreamError({"Error": {"Code": "throttlingException", "Message": ""}}, "ConverseStream")
    written = items_before_failure(call(PATH, STREAM), failing(TOOLS[:cut], error))
    assert "[DONE]" not in written
    assert "'finish_reason': 'tool_calls'" not in str(written)


def test_the_models_are_those_that_are_allowed() -> None:
    body = respond(call("/v1/models", None), []).body
    assert body == {
        "object": "list",
        "data": [{"id": "model-1", "object": "model", "created": 0, "owned_by": "amazon-bedrock"}],
    }


def test_a_stream_without_usage_has_a_usage_of_zero_tokens() -> None:
    asked = call(PATH, {**HI, "stream": True, "stream_options": {"include_usage": True}})
    *_, usage, done = items(asked, TEXT[:-1])
    assert done == "[DONE]"
    assert usage["usage"]["total_tokens"] == 0  # type: ignore[index]
    assert respond(call(PATH, HI), TEXT[:-1]).body["usage"]["total_tokens"] == 0  # type: ignore[index,call-overload]


@pytest.mark.parametrize("without", [{}, {"tools": [TOOL], "tool_choice": "none"}])
def test_where_no_tool_may_be_called_earlier_calls_and_results_are_text(without: dict[str, object]) -> None:
    function = {"name": "weather", "arguments": '{"city":"Köln"}'}
    messages = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "a", "content": "rain"},
    ]
    members = call(PATH, {"messages": messages, **without}).members
    assert "toolConfig" not in members
    assert members["messages"] == [
        {"role": "user", "content": [{"text": "Weather?"}]},
        {"role": "assistant", "content": [{"text": 'called weather with {"city": "Köln"}'}]},
        {"role": "user", "content": [{"text": "the result:"}, {"text": "rain"}]},
    ]
