"""InvokeModel, its streaming twin and CountTokens of the stand-in, in the words of each family of models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from streaming_api_tools.local.services.bedrock.families import FAMILIES
from tests.local.test_bedrock import client
from tests.support.bedrock.shipped import standin

MESSAGES = [{"role": "user", "content": "one two"}]
BLOCKS = [{"role": "user", "content": [{"text": "one two"}]}]
LLAMA = {"prompt": "one two", "max_gen_len": 3}
GPT_OSS = {"messages": [{"role": "system", "content": "one"}, {"role": "user", "content": "two"}]}
METRICS = "amazon-bedrock-invocationMetrics"


def openai_text(chunk: Mapping[str, Any]) -> str:
    return str(chunk["choices"][0]["delta"].get("content", ""))


#: For each family a model, a request for three tokens, and where litellm and langchain-aws read the text and
#: the end of a chunk, and the whole.
CASES: dict[
    str, tuple[str, Mapping[str, object], Callable[[Any], str], Callable[[Any], object], Callable[[Any], str]]
]
CASES = {
    "Anthropic Claude": (
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 3, "messages": MESSAGES},
        lambda chunk: chunk["delta"]["text"] if chunk["type"] == "content_block_delta" else "",
        lambda chunk: chunk.get("delta", {}).get("stop_reason"),
        lambda whole: whole["content"][0]["text"] + whole["stop_reason"],
    ),
    "Amazon Nova": (
        "us.amazon.nova-2-lite-v1:0",
        {"schemaVersion": "messages-v1", "messages": BLOCKS, "inferenceConfig": {"maxTokens": 3}},
        lambda chunk: chunk.get("contentBlockDelta", {}).get("delta", {}).get("text", ""),
        lambda chunk: chunk.get("messageStop", {}).get("stopReason"),
        lambda whole: whole["output"]["message"]["content"][0]["text"] + whole["stopReason"],
    ),
    "Amazon Titan Text": (
        "amazon.titan-text-express-v1",
        {"inputText": "one two", "textGenerationConfig": {"maxTokenCount": 3}},
        lambda chunk: chunk["outputText"],
        lambda chunk: chunk["completionReason"],
        lambda whole: whole["results"][0]["outputText"] + whole["results"][0]["completionReason"],
    ),
    "Meta Llama": (
        "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-70b-instruct-v1:0",
        LLAMA,
        lambda chunk: chunk["generation"],
        lambda chunk: chunk["stop_reason"],
        lambda whole: whole["generation"] + whole["stop_reason"],
    ),
    "Mistral AI": (
        "mistral.mistral-large-2402-v1:0",
        {"prompt": "one two", "max_tokens": 3},
        lambda chunk: chunk["outputs"][0]["text"],
        lambda chunk: chunk["outputs"][0]["stop_reason"],
        lambda whole: whole["outputs"][0]["text"] + whole["outputs"][0]["stop_reason"],
    ),
    "Cohere Command R": (
        "cohere.command-r-plus-v1:0",
        {"message": "one two", "max_tokens": 3},
        lambda chunk: chunk.get("text", ""),
        lambda chunk: chunk.get("finish_reason") if chunk["is_finished"] else None,
        lambda whole: whole["text"] + whole["finish_reason"],
    ),
    "DeepSeek-R1": (
        "us.deepseek.r1-v1:0",
        {"prompt": "one two", "max_tokens": 3},
        lambda chunk: chunk["choices"][0]["text"],
        lambda chunk: chunk["choices"][0]["stop_reason"],
        lambda whole: whole["choices"][0]["text"] + whole["choices"][0]["stop_reason"],
    ),
    FAMILIES[-1].name: (
        "openai.gpt-oss-120b-1:0",
        {**GPT_OSS, "max_tokens": 3},
        openai_text,
        lambda chunk: chunk["choices"][0]["finish_reason"],
        lambda whole: whole["choices"][0]["message"]["content"] + whole["choices"][0]["finish_reason"],
    ),
}


def test_invoke_model_every_family_has_a_case() -> None:
    assert [family.name for family in FAMILIES] == list(CASES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_invoke_model_family_streams_its_format_with_metrics_in_last_chunk(family: Any) -> None:  # noqa: ANN401
    model, request, text, end, _ = CASES[family.name]
    with standin() as url, client(url) as bedrock:
        answer = bedrock.invoke_model_with_response_stream(modelId=model, body=json.dumps(request))
        assert answer["contentType"] == "application/json"
        chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    assert [text(chunk) for chunk in chunks if text(chunk)] == ["This ", "answer ", "comes "]
    assert [end(chunk) for chunk in chunks if end(chunk)] == [family.stops["max_tokens"]]
    metrics = chunks[-1][METRICS]
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (2, 3)
    assert not any(METRICS in chunk for chunk in chunks[:-1])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_invoke_model_family_answers_whole_response(family: Any) -> None:  # noqa: ANN401
    model, request, _, _, read = CASES[family.name]
    with standin() as url, client(url) as bedrock:
        answer = bedrock.invoke_model(modelId=model, body=json.dumps(request))
        assert answer["contentType"] == "application/json"
        assert read(json.loads(answer["body"].read())) == "This answer comes " + family.stops["max_tokens"]


def test_count_tokens_native_claude_request_is_counted() -> None:
    model, request, *_ = CASES["Anthropic Claude"]
    with standin() as url, client(url) as bedrock:
        body = {"invokeModel": {"body": json.dumps(request).encode()}}
        assert bedrock.count_tokens(modelId=model, input=body)["inputTokens"] == 2


def test_count_tokens_equals_the_input_tokens_of_converse() -> None:
    said = {
        "messages": [{"role": "user", "content": [{"text": "one"}, {"text": "two three"}]}],
        "system": [{"text": "four five"}],
    }
    model = CASES["Anthropic Claude"][0]
    with standin() as url, client(url) as bedrock:
        counted = bedrock.count_tokens(modelId=model, input={"converse": said})["inputTokens"]
        assert counted == bedrock.converse(modelId=model, **said)["usage"]["inputTokens"] == 5


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        ("meta.llama3", b'{"inputText": "x"}', r"required key \[prompt\] not found"),
        ("anthropic.claude", b'{"messages": []}', "anthropic_version: Field required"),
        ("meta.llama3", b"[]", "Malformed input request"),
        ("meta.llama3", b"{", "Expecting property name"),
        ("meta.llama3", b'{"prompt": ""}', "#/prompt: expected minLength: 1, actual: 0"),
        ("stability.sd3", b'{"prompt": "x"}', "cannot tell the family of this model"),
    ],
)
def test_invoke_model_body_of_another_family_is_a_validation_exception(
    model: str, body: bytes, message: str
) -> None:
    with standin() as url, client(url) as bedrock, pytest.raises(ClientError, match=message) as error:
        bedrock.invoke_model(modelId=model, body=body)
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_invoke_model_application_inference_profile_may_be_anthropic() -> None:
    profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"
    _, request, _, _, read = CASES["Anthropic Claude"]
    with standin() as url, client(url) as bedrock:
        answer = bedrock.invoke_model(modelId=profile, body=json.dumps(request))
        assert read(json.loads(answer["body"].read())).startswith("This answer")
