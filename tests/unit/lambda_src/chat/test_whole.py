"""Whole answers of Bedrock's operations, assembled from their streams."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from chat.converse.stream import checked_chunks
from chat.errors import UpstreamError
from chat.formats.native_whole import ASSEMBLED
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.families import family_of
from streaming_api_tools.local.services.bedrock.native import TextChunks
from streaming_api_tools.local.services.bedrock.prompt import read_prompt
from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import (
    ABOUT,
    METADATA,
    TEXT,
    TOOLS,
    USAGE,
    call,
    delta,
    end,
    respond,
    stop,
)

HI = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
CLAUDE, NOVA = "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0"


def parsed(events: list[Any]) -> dict[str, Any]:
    """Return what botocore makes of a whole answer of Converse."""
    response = respond(call("/model/m/converse", HI), events)
    body = str(response.body).encode()
    given = {"status_code": response.status, "headers": response.headers, "body": body}
    shape = SERVICE.operation_model("Converse").output_shape
    answer: dict[str, Any] = create_parser("rest-json").parse(given, shape)
    del answer["ResponseMetadata"]
    return answer


def test_converse_whole_answer_is_that_of_its_events() -> None:
    assert parsed(TOOLS) == {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
                    {"text": "Let me see"},
                    {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": USAGE,
        "metrics": {"latencyMs": 9},
    }


def test_converse_whole_answer_has_citations_and_blobs() -> None:
    cited = {"title": "t", "sourceContent": [{"text": "x"}]}
    events = [
        delta(0, reasoningContent={"redactedContent": b"\xff"}),
        stop(0),
        delta(1, text="a"),
        delta(1, citation=cited),
        delta(1, text="b"),
        stop(1),
        {"messageStop": {"stopReason": "end_turn", "additionalModelResponseFields": {"x": 1}}},
        METADATA,
    ]
    answer = parsed(events)
    assert answer["output"]["message"]["content"] == [
        {"reasoningContent": {"redactedContent": b"\xff"}},
        {"citationsContent": {"content": [{"text": "ab"}], "citations": [cited]}},
    ]
    assert answer["additionalModelResponseFields"] == {"x": 1}


def test_converse_whole_answer_call_that_was_cut_is_there_and_a_malformed_one_an_error() -> None:
    events = [*TOOLS[:7], delta(2, toolUse={"input": '{"ci'}), stop(2)]
    answer = parsed([*events, end("max_tokens"), METADATA])
    assert answer["output"]["message"]["content"][2]["toolUse"]["input"] == {}
    with pytest.raises(UpstreamError) as caught:
        parsed([*events, end("tool_use"), METADATA])
    assert caught.value.code == "malformed_output"


def test_converse_whole_answer_malformed_call_is_an_error_in_the_words_of_aws() -> None:
    events = [*TOOLS[:7], delta(2, toolUse={"input": "{"}), stop(2), end("tool_use"), METADATA]
    answer = handle({"path": "/model/model-1/converse", "body": json.dumps(HI)}, events)
    said = json.loads(answer.body)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (502, "InternalServerException")
    assert said["message"] == said["error"]["message"]


@pytest.mark.parametrize("path", ["converse", "converse-stream", "invoke", "invoke-with-response-stream"])
def test_bedrocks_operations_error_has_the_message_where_sdks_of_aws_look(path: str) -> None:
    answer = handle({"path": f"/model/other/{path}", "body": "{}"})
    said = json.loads(answer.body)
    expected = (404, "ResourceNotFoundException")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == expected
    assert said["message"] == said["error"]["message"] == "the model does not exist or cannot be used"
    other = handle({"path": "/v1/messages", "body": '{"model": "other"}'})
    assert "message" not in json.loads(other.body)


def invoked(model: str, chunks: list[Mapping[str, object]], body: Mapping[str, object]) -> Any:  # noqa: ANN401
    """Return the response to InvokeModel."""
    from chat.settings import ChatSettings

    asked = call(f"/model/{model}/invoke", body, settings=ChatSettings(model))
    events = ({"chunk": {"bytes": json.dumps(each).encode()}} for each in chunks)
    return asked.respond(checked_chunks(events), ABOUT)


METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 2}}
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
MESSAGES: list[Mapping[str, object]] = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "content_block_stop", "index": 0},
    ENDED,
    {"type": "message_stop", **METRICS},
]


def test_invoke_whole_answer_of_claude_is_a_message_with_its_counts_in_headers() -> None:
    response = invoked(CLAUDE, MESSAGES, {"messages": []})
    assert json.loads(response.body) == {
        "id": "msg_1",
        "model": "claude",
        "usage": {"input_tokens": 3, "output_tokens": 2},
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Hi"}],
    }
    assert response.headers["x-amzn-bedrock-input-token-count"] == "3"
    assert response.headers["x-amzn-bedrock-output-token-count"] == "2"


def test_invoke_whole_answer_of_claude_without_its_end_is_an_error() -> None:
    cut = [*MESSAGES[:-1], METRICS]
    with pytest.raises(UpstreamError) as caught:
        invoked(CLAUDE, cut, {"messages": []})
    assert caught.value.code == "stream_truncated"


def test_invoke_whole_answer_of_nova_is_that_of_its_events() -> None:
    chunks: list[Mapping[str, object]] = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 3}, "metrics": {}}, **METRICS},
    ]
    response = invoked(NOVA, chunks, {"messages": []})
    assert json.loads(response.body) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3},
    }
    assert response.headers["x-amzn-bedrock-input-token-count"] == "3"


@pytest.mark.parametrize("model", ["deepseek.r1-v1:0", "ai21.j2-mid-v1", "google.gemma-3", "model-1"])
def test_invoke_whole_answer_of_another_family_is_a_400_that_names_the_way(model: str) -> None:
    with pytest.raises(HTTPError, match="use invoke-with-response-stream, or converse") as caught:
        invoked(model, [], {"prompt": "Hi"})
    assert caught.value.status == 400


@pytest.mark.parametrize("begin", ASSEMBLED)
@pytest.mark.parametrize("reason", ["end_turn", "max_tokens"])
def test_invoke_whole_answer_of_a_family_is_that_of_its_chunks(begin: str, reason: str) -> None:
    model = f"{begin}x" if begin != "amazon.titan-t" else "amazon.titan-text-express-v1"
    family = family_of(model, {})
    translated = TextChunks(family, read_prompt(model, {"messages": HI["messages"]}))
    stream = [*TEXT[:-2], end(reason), METADATA]
    named: list[tuple[str, dict[str, Any]]] = [
        (name, dict(members)) for event in stream for name, members in event.items()
    ]
    chunks = [json.loads(each) for event in named for each in translated.chunks(event)]
    response = invoked(model, chunks, {"prompt": "Hi"})
    expected = json.loads(translated.whole())
    found = json.loads(response.body)
    if "usage" in expected:
        # the stand-in's usage comes from the whole answer, the function's from Bedrock's metrics
        assert found.pop("usage")["completion_tokens"] == expected.pop("usage")["completion_tokens"]
    assert found == expected
    assert response.headers["x-amzn-bedrock-output-token-count"] == "2"


def test_invoke_whole_answer_has_calls_of_tools_by_their_index() -> None:
    def part(**delta: object) -> dict[str, object]:
        return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}

    def called(index: int, **members: object) -> dict[str, object]:
        return part(tool_calls=[{"index": index, **members}])

    chunks: list[Mapping[str, object]] = [
        part(role="assistant", content=None),
        called(0, id="a", type="function", function={"name": "w", "arguments": ""}),
        called(0, function={"arguments": "{}"}),
        called(1, id="b", type="function", function={"name": "v", "arguments": "{"}),
        called(1, function={"arguments": "}"}),
        {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], "usage": {"x": 1}},
    ]
    found = json.loads(invoked("openai.gpt-oss-120b-1:0", chunks, {"messages": []}).body)
    assert found["choices"][0]["message"]["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "w", "arguments": "{}"}},
        {"id": "b", "type": "function", "function": {"name": "v", "arguments": "{}"}},
    ]
    assert (found["choices"][0]["finish_reason"], found["usage"]) == ("tool_calls", {"x": 1})


@pytest.mark.parametrize(
    ("model", "chunk"),
    [
        ("mistral.x", {"outputs": 1}),
        ("qwen.x", {"choices": [{}]}),
        ("meta.x", {"generation": 5}),
        ("cohere.command-r-v1:0", {"text": "x"}),
    ],
)
def test_invoke_whole_answer_of_chunks_in_another_form_is_an_error(
    model: str, chunk: Mapping[str, object]
) -> None:
    with pytest.raises(UpstreamError) as caught:
        invoked(model, [chunk, {"stop_reason": "x"}], {"prompt": "x"})
    assert caught.value.status == 502
