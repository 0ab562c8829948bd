"""boto3 with another endpoint, and curl."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tests.support.bedrock.directed import PIECES, Bedrock

SESSION = boto3.session.Session("A", "S", region_name="us-east-1")


@pytest.fixture
def client(api: str) -> Iterator[Any]:
    """boto3's client for the API, which asks once."""
    client = SESSION.client(
        "bedrock-runtime", endpoint_url=api, config=Config(retries={"total_max_attempts": 1})
    )
    yield client
    client.close()


def said(prompt: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"text": prompt}]}]


def test_boto3_reads_the_events_of_converse_stream(client: Any) -> None:  # noqa: ANN401
    events = list(client.converse_stream(modelId="model-1", messages=said("text boto3"))["stream"])
    deltas = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert tuple(deltas) == PIECES
    assert events[-1]["metadata"]["usage"]["cacheReadInputTokens"] == 4


def test_boto3_reads_reasoning_and_tools(client: Any) -> None:  # noqa: ANN401
    events = list(client.converse_stream(modelId="model-1", messages=said("tools boto3"))["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert deltas == [
        {"reasoningContent": {"text": "hm"}},
        {"reasoningContent": {"signature": "sig"}},
        {"text": "Let me see"},
        {"toolUse": {"input": '{"city":'}},
        {"toolUse": {"input": '"Bonn"}'}},
    ]
    starts = [event["contentBlockStart"]["start"] for event in events if "contentBlockStart" in event]
    assert starts == [{"toolUse": {"toolUseId": "t-1", "name": "weather"}}]


def test_boto3_reads_the_whole_answer_of_converse(client: Any) -> None:  # noqa: ANN401
    answer = client.converse(modelId="model-1", messages=said("tools whole boto3"))
    assert answer["output"]["message"] == {
        "role": "assistant",
        "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
            {"text": "Let me see"},
            {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"city": "Bonn"}}},
        ],
    }
    assert (answer["stopReason"], answer["metrics"]) == ("tool_use", {"latencyMs": 1})
    assert answer["usage"]["cacheReadInputTokens"] == 4


def test_boto3_reads_the_whole_answer_of_invoke_model(client: Any, model: Bedrock) -> None:  # noqa: ANN401
    prompt = "tools whole claude"
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": prompt}],
    }
    answer = client.invoke_model(modelId="model-1", body=json.dumps(body))
    message = json.loads(answer["body"].read())
    assert [block["type"] for block in message["content"]] == ["thinking", "text", "tool_use"]
    assert message["content"][2]["input"] == {"city": "Bonn"}
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("tool_use", 2)
    assert "amazon-bedrock" not in json.dumps(message)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-output-token-count"] == "2"
    # the permission to stream is enough
    assert model.told[prompt][0][":path"].endswith("/invoke-with-response-stream")


def test_boto3_error_has_a_message(client: Any) -> None:  # noqa: ANN401
    for ask in (client.converse, client.converse_stream):
        with pytest.raises(ClientError, match="model is throttled") as caught:
            ask(modelId="model-1", messages=said("[[ThrottlingException]] message"))
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    with pytest.raises(ClientError, match="Input is too long") as caught:
        client.converse(modelId="model-1", messages=said("[[too-long]] message"))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("fault", ["throttlingException", "cut", "silent-end"])
def test_boto3_broken_whole_answer_is_an_error(client: Any, fault: str) -> None:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        client.converse(modelId="model-1", messages=said(f"[[{fault}@2]] whole boto3"))
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == (429 if fault == "throttlingException" else 502)


def test_boto3_reads_chunks_of_invoke_model(client: Any, model: Bedrock) -> None:  # noqa: ANN401
    answer = client.invoke_model_with_response_stream(modelId="model-1", body=b'{"prompt": "text own words"}')
    chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    deltas = [chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta"]
    assert tuple(deltas) == PIECES
    assert chunks[-1]["amazon-bedrock-invocationMetrics"]["firstByteLatency"] == 1
    assert (answer["contentType"], answer["serviceTier"]) == ("application/json", "default")
    assert model.told["text own words"][1] == {"prompt": "text own words"}


GUARDED = {
    "guardrailIdentifier": "g1",
    "guardrailVersion": "1",
    "trace": "ENABLED",
    "serviceTier": "flex",
}


def test_boto3_guardrail_trace_and_tier_reach_bedrock_where_allowed(api: str, model: Bedrock) -> None:
    client = SESSION.client("bedrock-runtime", endpoint_url=f"{api}/generous")
    body = b'{"prompt": "text guarded"}'
    try:
        list(client.invoke_model_with_response_stream(modelId="model-1", body=body, **GUARDED)["body"])
    finally:
        client.close()
    headers, _ = model.told["text guarded"]
    assert headers["x-amzn-bedrock-guardrailidentifier"] == "g1"
    assert headers["x-amzn-bedrock-guardrailversion"] == "1"
    assert headers["x-amzn-bedrock-trace"] == "ENABLED"
    assert headers["x-amzn-bedrock-service-tier"] == "flex"


def test_boto3_guardrail_is_refused_where_the_deployment_decides_it(client: Any, model: Bedrock) -> None:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        client.invoke_model_with_response_stream(
            modelId="model-1", body=b'{"prompt": "text refused"}', **GUARDED
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert model.asked["text refused"] == 0


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ("ValidationException", 400),
        ("AccessDeniedException", 403),
        ("ResourceNotFoundException", 404),
        ("ThrottlingException", 429),
        ("ServiceUnavailableException", 503),
    ],
)
def test_boto3_raises_the_exception_of_bedrock(client: Any, refusal: str, status: int) -> None:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        client.converse_stream(modelId="model-1", messages=said(f"[[{refusal}]] boto3"))
    assert caught.value.response["Error"]["Code"] == refusal
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("refusal", "attempts"), [("ServiceUnavailableException", 9), ("ModelErrorException", 3)]
)
def test_boto3_retries_as_its_configuration_sets(
    api: str, model: Bedrock, refusal: str, attempts: int
) -> None:
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = SESSION.client("bedrock-runtime", endpoint_url=api, config=config)
    prompt = f"[[{refusal}]] again by boto3"
    try:
        with pytest.raises(ClientError):
            client.converse_stream(modelId="model-1", messages=said(prompt))
    finally:
        client.close()
    assert model.asked[prompt] == attempts


def test_boto3_model_that_is_not_allowed_is_resource_not_found(client: Any) -> None:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        client.converse_stream(modelId="model-2", messages=said("Hi"))
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttlingException", "throttlingException"),
        ("cut", "modelStreamErrorException"),
        ("silent-end", "modelStreamErrorException"),
    ],
)
def test_boto3_broken_converse_stream_raises(client: Any, fault: str, code: str) -> None:  # noqa: ANN401
    with warnings.catch_warnings():
        # boto3 leaves its socket open after an exception inside the stream
        warnings.simplefilter("ignore", ResourceWarning)
        assert code_inside(client, f"[[{fault}@2]] boto3") == code
        gc.collect()


def code_inside(client: Any, prompt: str) -> str | None:  # noqa: ANN401
    """Return the code of the exception that ends a stream."""
    try:
        list(client.converse_stream(modelId="model-1", messages=said(prompt))["stream"])
    except EventStreamError as error:
        return str(error.response["Error"]["Code"])
    return None


@pytest.mark.parametrize("fault", ["modelTimeoutException", "cut", "silent-end"])
def test_boto3_broken_invoke_model_stream_raises(client: Any, fault: str) -> None:  # noqa: ANN401
    body = json.dumps({"prompt": f"[[{fault}@2]] own words"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(EventStreamError):
            list(client.invoke_model_with_response_stream(modelId="model-1", body=body)["body"])
        gc.collect()


def test_boto3_deadline_of_function_raises_internal_server_exception(api: str) -> None:
    client = SESSION.client("bedrock-runtime", endpoint_url=f"{api}/brief")
    prompt = said("[[stall@2]] brief boto3")
    try:
        stream = client.converse_stream(modelId="model-1", messages=prompt)["stream"]
        with pytest.raises(EventStreamError, match=r"internalServerException.*ran out of time"):
            list(stream)
        stream.close()
    finally:
        client.close()
