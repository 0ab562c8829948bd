"""boto3 with another endpoint, and curl."""

from __future__ import annotations

import gc
import json
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tests.clients.bedrock import PIECES, Bedrock

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


def test_boto3_reads_the_chunks_of_a_model_in_its_own_words(client: Any, model: Bedrock) -> None:  # noqa: ANN401
    answer = client.invoke_model_with_response_stream(modelId="model-1", body=b'{"prompt": "own words"}')
    (event,) = answer["body"]
    assert json.loads(event["chunk"]["bytes"]) == {"amazon-bedrock-invocationMetrics": {}}
    assert model.told["own words"][1] == {"prompt": "own words"}


@pytest.mark.parametrize(
    ("refusal", "status"),
    [("ValidationException", 400), ("AccessDeniedException", 403), ("ServiceUnavailableException", 503)],
)
def test_boto3_raises_what_bedrock_would_make_it_raise(client: Any, refusal: str, status: int) -> None:  # noqa: ANN401
    with pytest.raises(ClientError) as caught:
        client.converse_stream(modelId="model-1", messages=said(f"[[{refusal}]] boto3"))
    assert caught.value.response["Error"]["Code"] == refusal
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_boto3_does_not_find_a_model_that_is_not_allowed(client: Any) -> None:  # noqa: ANN401
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
def test_boto3_raises_when_the_stream_breaks(client: Any, fault: str, code: str) -> None:  # noqa: ANN401
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


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["curl", "-sN", *arguments], capture_output=True, text=True, timeout=30)


def test_curl_reads_the_text_alone(api: str) -> None:
    done = curl("-d", '{"prompt": "text curl"}', f"{api}/chat?format=text")
    assert (done.returncode, done.stdout) == (0, "".join(PIECES))


def test_curl_sees_a_broken_text_as_cut(api: str) -> None:
    done = curl("-d", '{"prompt": "[[cut@2]] curl"}', f"{api}/chat?format=text")
    assert done.returncode == 18
    assert done.stdout == "".join(PIECES[:2])


@pytest.mark.parametrize("format", ["sse", "ndjson"])
def test_curl_sees_an_error_in_the_last_event(api: str, format: str) -> None:
    done = curl("-d", '{"prompt": "[[throttlingException@2]] curl"}', f"{api}/chat?format={format}")
    *_, last = done.stdout.strip().splitlines()
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "throttlingException"
    assert "arn:" not in done.stdout
    assert "done" not in done.stdout


@pytest.mark.parametrize(
    "path", ["chat", "v1/chat/completions", "v1/messages", "ui/chat", "model/model-1/converse-stream"]
)
def test_a_body_that_is_no_request_is_a_400_in_the_one_form(api: str, path: str) -> None:
    done = curl("-w", "\n%{http_code}", "-d", "{", f"{api}/{path}")
    body, status = done.stdout.rsplit("\n", 1)
    error = json.loads(body)
    assert (status, error["type"], error["error"]["code"]) == ("400", "error", "invalid_json")
    assert error["request_id"]
