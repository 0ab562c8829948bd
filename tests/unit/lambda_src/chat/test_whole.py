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
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import ABOUT, METADATA, TOOLS, USAGE, call, delta, end, respond, stop

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


@pytest.mark.parametrize("model", ["meta.llama3-8b-instruct-v1:0", "model-1"])
def test_invoke_whole_answer_of_another_family_is_a_400_that_names_the_way(model: str) -> None:
    with pytest.raises(HTTPError, match="use invoke-with-response-stream, or converse") as caught:
        invoked(model, [], {"prompt": "Hi"})
    assert caught.value.status == 400
