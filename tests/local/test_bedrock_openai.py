"""Bedrock's operations for a model on an OpenAI-compatible server, between boto3 and such a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EventStreamError

from streaming_api_tools.local.services.bedrock.openai import EXCEPTIONS, OpenAiModel
from streaming_api_tools.local.services.bedrock.operations import HTTP_EXCEPTIONS
from tests.local.bedrock_requests import NOVA, PNG, encoded
from tests.local.test_bedrock import MODEL, client, conversation, converse_stream, native
from tests.support.bedrock.shipped import model_server
from tests.support.openai import CUT, DONE, OpenAiServer


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    """The OpenAI-compatible server."""
    with OpenAiServer() as running:
        yield running


@pytest.fixture
def bedrock(server: OpenAiServer) -> Iterator[BaseClient]:
    """A client of Bedrock that the server answers."""
    with model_server(OpenAiModel(server.url)) as url, client(url) as connected:
        yield connected


def test_openai_model_piece_is_an_event_before_the_server_sends_the_next(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    events = converse_stream(bedrock, "hi")
    assert next(events) == {"messageStart": {"role": "assistant"}}
    for piece in ("Hel", "lo w\u00f6rld"):
        server.text(piece)
        assert next(events)["contentBlockDelta"] == {"contentBlockIndex": 0, "delta": {"text": piece}}
    server.finish("length", {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7})
    stop, end, metadata = events
    assert (stop, end) == (
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "max_tokens"}},
    )
    assert metadata["metadata"]["usage"] == {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}


def call(index: int, **more: Any) -> dict[str, object]:  # noqa: ANN401
    """Return a chunk with a piece of a tool call."""
    return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": index, **more}]}}]}


def test_openai_model_reasoning_text_and_tool_calls_are_separate_blocks(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.say({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
    server.text("Let me see.")
    server.say(call(0, id="t-1", type="function", function={"name": "weather", "arguments": ""}))
    server.say(call(0, function={"arguments": '{"city":'}), call(0, function={"arguments": '"Bonn"}'}))
    server.say(call(1, id="t-2", function={"name": "time", "arguments": "{}"}))
    server.finish("tool_calls")
    answer = bedrock.converse(**conversation("weather?"))
    assert answer["stopReason"] == "tool_use"
    assert answer["output"]["message"]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}},
        {"toolUse": {"toolUseId": "t-2", "name": "time", "input": {}}},
    ]


def test_openai_model_tool_call_without_arguments_has_empty_input(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.say(call(0, id="t-1", function={"name": "time"}))
    server.finish("tool_calls")
    (block,) = bedrock.converse(**conversation("time?"))["output"]["message"]["content"]
    assert block == {"toolUse": {"toolUseId": "t-1", "name": "time", "input": {}}}


def test_openai_model_tool_call_with_invalid_json_is_a_model_error(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.say(call(0, id="t-1", function={"name": "time", "arguments": "{oops"}))
    server.finish("tool_calls")
    with pytest.raises(bedrock.exceptions.ModelErrorException, match="input of a tool"):
        bedrock.converse(**conversation("time?"))


def test_openai_model_request_is_converted_to_chat_completions(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.text("ok")
    server.finish()
    use = {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}}
    result = {"toolResult": {"toolUseId": "t-1", "content": [{"json": {"sun": True}}]}}
    image = {"image": {"format": "png", "source": {"bytes": PNG}}}
    spec = {"name": "weather", "description": "it", "inputSchema": {"json": {"type": "object"}}}
    bedrock.converse(
        modelId=NOVA,
        system=[{"text": "be brief"}],
        messages=[
            {"role": "user", "content": [{"text": "what is it?"}, image]},
            {"role": "assistant", "content": [{"text": "wait"}, use]},
            {"role": "user", "content": [result, {"text": "well?"}]},
        ],
        inferenceConfig={"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["."]},
        toolConfig={"tools": [{"toolSpec": spec}], "toolChoice": {"any": {}}},
    )
    function = {"name": "weather", "arguments": '{"city": "Bonn"}'}
    parameters = {"name": "weather", "description": "it", "parameters": {"type": "object"}}
    assert server.asked.get() == {
        "model": "first-model",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["."],
        "tools": [{"type": "function", "function": parameters}],
        "tool_choice": "required",
        "messages": [
            {"role": "system", "content": "be brief"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "what is it?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded(PNG)}"}},
                ],
            },
            {
                "role": "assistant",
                "content": "wait",
                "tool_calls": [{"id": "t-1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "t-1", "content": '{"sun": true}'},
            {"role": "user", "content": "well?"},
        ],
    }


def test_openai_model_name_option_is_sent_as_model(server: OpenAiServer) -> None:
    server.text("ok")
    server.finish()
    with model_server(OpenAiModel(server.url, "second-model")) as url, client(url) as bedrock:
        bedrock.converse(**conversation("hi"))
    assert server.asked.get()["model"] == "second-model"


def test_openai_model_invoke_model_request_is_answered_in_its_format(
    bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.text("Hello")
    server.finish()
    answer = json.loads(bedrock.invoke_model(**native("hi"))["body"].read())
    assert (answer["content"], answer["stop_reason"]) == ([{"type": "text", "text": "Hello"}], "end_turn")
    assert server.asked.get()["messages"] == [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("status", [*EXCEPTIONS, 502])
def test_openai_model_error_status_is_a_bedrock_exception(
    status: int, bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.status = status
    with pytest.raises(ClientError, match=f"answered {status}: .*no such luck") as error:
        converse_stream(bedrock, "hi")
    name = EXCEPTIONS.get(status, "ModelErrorException")
    assert error.value.response["Error"]["Code"] == name
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == HTTP_EXCEPTIONS[name]


def test_openai_model_unreachable_server_is_service_unavailable() -> None:
    nowhere = OpenAiModel("http://127.0.0.1:1/v1")
    message = "http://127.0.0.1:1/v1: Cannot connect to host 127.0.0.1:1 \\["
    with (
        model_server(nowhere) as url,
        client(url) as bedrock,
        pytest.raises(ClientError, match=message) as error,
    ):
        converse_stream(bedrock, "hi")
    assert error.value.response["Error"]["Code"] == "ServiceUnavailableException"


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (CUT, "not enough data|payload is not completed|ClientPayloadError"),
        (DONE, "the server ended without a finish_reason"),
        ({"error": {"message": "out of memory"}}, "out of memory"),
        ("{not json", "Expecting property name"),
    ],
)
def test_openai_model_broken_stream_is_an_exception_in_the_stream(
    end: object, message: str, bedrock: BaseClient, server: OpenAiServer
) -> None:
    server.text("Hel")
    server.say(end, CUT)
    events = converse_stream(bedrock, "hi")
    next(events)
    assert next(events)["contentBlockDelta"]["delta"] == {"text": "Hel"}
    with pytest.raises(EventStreamError, match=message) as error:
        list(events)
    assert error.value.response["Error"]["Code"] == "modelStreamErrorException"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"document": {"name": "d", "format": "txt", "source": {"bytes": b"x"}}}], "gets no block document"),
        (
            [{"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/key"}}}}],
            "no image from S3",
        ),
    ],
)
def test_openai_model_unsupported_content_is_refused(
    content: list[dict[str, Any]], message: str, bedrock: BaseClient
) -> None:
    with pytest.raises(bedrock.exceptions.ValidationException, match=message):
        bedrock.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": "hi"}, *content]}])
