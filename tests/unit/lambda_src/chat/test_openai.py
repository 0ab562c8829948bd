"""OpenAI's Chat Completions: requests converted."""

from __future__ import annotations

from base64 import b64encode

import pytest
from chat.formats.openai import translate_error
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.streams import (
    call,
)

PATH = "/v1/chat/completions"
HI = {"model": "model-1", "messages": [{"role": "user", "content": "Hi"}]}
SAID = {"id": "chatcmpl-r-1", "object": "chat.completion.chunk", "created": 7, "model": "model-1"}
PIXEL = b64encode(b"pixel").decode()
TOOL = {"type": "function", "function": {"name": "weather"}}


def chunk(delta: object, finish: str | None = None) -> dict[str, object]:
    return {**SAID, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def refused(**more: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        call(PATH, {**HI, **more})
    assert caught.value.status == 400
    return caught.value


def test_chat_openai_request_sends_only_given_members() -> None:
    asked = call(PATH, HI)
    assert asked.model == "model-1"
    assert asked.members == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def test_chat_openai_parameters_become_converse_members() -> None:
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


def test_chat_openai_tool_conversation_alternates_user_and_assistant() -> None:
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
                {"toolResult": {"toolUseId": "b", "content": [{"text": "(no output)"}]}},
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
def test_chat_openai_tools_and_tool_choice_are_converted(choice: object, sent: object) -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "d", "strict": True}}
    config = call(PATH, {**HI, "tools": [tool], "tool_choice": choice}).members["toolConfig"]
    schema = {"json": {"type": "object", "properties": {}}}
    spec = {"name": "f", "description": "d", "strict": True, "inputSchema": schema}
    assert config["tools"] == [{"toolSpec": spec}]
    assert config.get("toolChoice") == sent


def test_chat_openai_images_documents_and_audio_are_converted() -> None:
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
        {"text": "See the document."},
    ]


@pytest.mark.parametrize(("length", "kept"), [(200, 200), (201, 200)])
def test_chat_openai_document_name_is_cut_to_what_bedrock_takes(length: int, kept: int) -> None:
    file = {"file_data": f"data:application/pdf;base64,{PIXEL}", "filename": "x" * length}
    (message,) = call(
        PATH, {"messages": [{"role": "user", "content": [{"type": "file", "file": file}]}]}
    ).members["messages"]
    assert message["content"][0]["document"]["name"] == "x" * kept


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.type"),
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
    ],
)
def test_chat_openai_unsupported_field_is_a_400_with_its_name(more: dict[str, object], param: str) -> None:
    assert refused(**more).param == param


@pytest.mark.parametrize(
    "harmless",
    [
        {"n": 1},
        {"user": "u"},
        {"parallel_tool_calls": True},
        {"stop": None},
        {"response_format": {"type": "text", "json_schema": {"name": "n", "schema": {"type": "object"}}}},
    ],
)
def test_chat_openai_fields_with_default_values_are_accepted(harmless: dict[str, object]) -> None:
    assert call(PATH, {**HI, **harmless}).members == call(PATH, HI).members


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"service_tier": "flex"}, "service_tier"),
        ({"messages": [{"role": "system", "content": "x"}, *HI["messages"]]}, "messages"),
    ],
)
def test_chat_openai_field_decided_by_deployment_is_named_as_openai_names_it(
    more: dict[str, object], param: str
) -> None:
    prompted = ChatSettings("model-1", '{"system": "Be brief"}')
    with pytest.raises(HTTPError) as caught:
        prompted.arguments(prompted.model(None), call(PATH, {**HI, **more}).members)
    translate_error(caught.value)
    assert (caught.value.code, caught.value.param) == ("not_allowed", param)


@pytest.mark.parametrize("without", [{}, {"tools": [TOOL], "tool_choice": "none"}])
def test_chat_openai_without_tools_earlier_tool_calls_become_text(without: dict[str, object]) -> None:
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
