"""The whole client over real sockets, beside the real boto3 wherever both must do the same."""

from __future__ import annotations

import gc
import json
import threading
import warnings
from typing import Any, Protocol
from urllib.parse import unquote

import boto3
import pytest
from botocore.config import Config
from chat.bedrock.client import INVOKE_HEADERS
from chat.errors import translate

from tests.support.bedrock.scripted import (
    Answer,
    Bedrock,
    closed,
    error,
    event,
    exception,
    message,
    refused,
    streamed,
    text,
    whole,
)
from tests.unit.lambda_src.chat.bedrock.calls import MODEL, TIMEOUT, Make, silence

MESSAGES = [{"role": "user", "content": [{"text": "schön"}]}]
SESSION = boto3.session.Session("A", "S", "T", "us-east-1")


class Client(Protocol):
    def converse_stream(self, *, modelId: str, **request: object) -> dict[str, Any]: ...
    def invoke_model_with_response_stream(
        self, *, modelId: str, body: bytes, **parameters: str
    ) -> dict[str, Any]: ...
    def close(self) -> None: ...


def botos(url: str, read_timeout: float = TIMEOUT) -> Client:
    client: Client = SESSION.client(
        "bedrock-runtime",
        endpoint_url=url,
        config=Config(read_timeout=read_timeout, retries={"mode": "standard", "total_max_attempts": 1}),
    )
    return client


Outcome = tuple[list[object], "tuple[int, str | None, str | None, str] | None"]


def outcome(client: Client) -> Outcome:
    """Return the events of a stream, and what the caller of the API is told when it failed."""
    seen: list[object] = []
    try:
        response = client.converse_stream(modelId=MODEL, messages=MESSAGES)
        for each in response["stream"]:
            seen.append(each)
    except Exception as failure:
        told = translate(failure)
        return seen, (told.status, told.type, told.code, str(told))
    finally:
        client.close()
    return seen, None


def expected(url: str, read_timeout: float = TIMEOUT) -> Outcome:
    """Return the outcome with boto3, which leaves its socket open after an exception inside the stream."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        found = outcome(botos(url, read_timeout))
        gc.collect()
    return found


CUT = text("x" * 50)
SPOILT = bytearray(text("Hello"))
SPOILT[-1] ^= 1
SPOILT_PRELUDE = bytearray(text("Hello"))
SPOILT_PRELUDE[0] ^= 1


@pytest.mark.parametrize(
    "answer",
    [
        streamed(*whole()),
        streamed(b"".join(whole("schön"))),
        streamed(*(bytes([byte]) for byte in b"".join(whole()))),
        streamed(
            event("contentBlockDelta", contentBlockIndex=0, delta={"reasoningContent": {"text": "hm"}}),
            event(
                "contentBlockDelta",
                contentBlockIndex=0,
                delta={"reasoningContent": {"redactedContent": "AP8="}},
            ),
            event(
                "contentBlockStart", contentBlockIndex=1, start={"toolUse": {"toolUseId": "t", "name": "n"}}
            ),
            event("contentBlockDelta", contentBlockIndex=1, delta={"toolUse": {"input": '{"a'}}),
            *whole(),
        ),
        streamed(),
        streamed(*whole()[:3]),
        streamed(text("a"), CUT[:40]),
        streamed(text("a"), CUT[:40], end=False),
        streamed(text("a"), end=False),
        streamed(text("a"), end=False, reset=True),
        streamed(text("a"), bytes(SPOILT)),
        streamed(text("a"), bytes(SPOILT_PRELUDE)),
        streamed(text("a"), exception("throttlingException", message="slow down")),
        streamed(text("a"), exception("validationException", message="arn:aws:bedrock:x:123456789012:y")),
        streamed(exception("modelStreamErrorException", message="m", originalStatusCode=500)),
        streamed(text("a"), exception("internalServerException", message="m"), *whole()),
        streamed(exception("serviceUnavailableException", message="m")),
        streamed(exception("somethingNewException", message="m")),
        streamed(message(b"", message_type="error", error_code="InternalFailure", error_message="m")),
        error(400, "ValidationException", "Input is too long for requested model."),
        error(400, "ValidationException", "The provided model identifier is invalid."),
        error(403, "AccessDeniedException"),
        error(403, "ExpiredTokenException"),
        error(404, "ResourceNotFoundException"),
        error(408, "ModelTimeoutException"),
        error(429, "ThrottlingException"),
        error(429, "ModelNotReadyException"),
        error(500, "InternalServerException"),
        error(503, "ServiceUnavailableException"),
        refused(
            424, b'{"message": "m", "originalStatusCode": 400}', **{"x-amzn-errortype": "ModelErrorException"}
        ),
        refused(
            424, b'{"message": "m", "originalStatusCode": 500}', **{"x-amzn-errortype": "ModelErrorException"}
        ),
        refused(502, b"<html>Bad Gateway</html>"),
        refused(503, b""),
        refused(418, b"no JSON"),
        closed,
    ],
)
def test_bedrock_client_response_gives_events_and_error_of_boto3(ours: Make, answer: Answer) -> None:
    with Bedrock(answer) as bedrock:
        assert outcome(ours(bedrock.url)) == expected(bedrock.url)


@pytest.mark.parametrize(("parts", "code"), [([], "upstream_timeout"), ([text("a")], "upstream_stall")])
def test_bedrock_client_silence_gives_the_error_of_boto3(ours: Make, parts: list[bytes], code: str) -> None:
    done = threading.Event()

    def mute(connection: object) -> bool:
        return not done.wait(TIMEOUT)

    answer = streamed(*parts, silence(done)) if parts else mute
    with Bedrock(answer) as bedrock:
        found = outcome(ours(bedrock.url, 0.2))
        assert found == expected(bedrock.url, 0.2)
        done.set()
    assert found[1] is not None
    assert found[1][2] == code
    # a model that is slow to begin is not asked, and paid, three times
    assert len(bedrock.requests) == 2


def test_bedrock_client_refused_connection_gives_the_error_of_boto3(ours: Make) -> None:
    with Bedrock(closed) as bedrock:
        url = bedrock.url
    found = outcome(ours(url))
    assert found == expected(url)
    assert found[1] is not None
    assert found[1][2] == "upstream_connect"


def test_bedrock_client_request_equals_that_of_boto3(ours: Make) -> None:
    request: dict[str, Any] = {
        "messages": [
            {"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": b"\x00\xff"}}}]}
        ],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5},
        "additionalModelRequestFields": {"a": [1, None, "schön"]},
    }
    with Bedrock(streamed(*whole())) as bedrock:
        for client in (botos(bedrock.url), ours(bedrock.url)):
            list(client.converse_stream(modelId=MODEL, **request)["stream"])
    boto, own = bedrock.requests
    assert own.target == boto.target
    assert unquote(own.target) == f"/model/{MODEL}/converse-stream"
    assert json.loads(own.body) == json.loads(boto.body)
    for name in ("host", "content-type", "x-amz-security-token"):
        assert own.headers[name] == boto.headers[name]
    scope = "Credential=A/{date}/us-east-1/bedrock/aws4_request"
    for each in bedrock.requests:
        assert scope.format(date=each.headers["x-amz-date"][:8]) in each.headers["authorization"]


def test_bedrock_client_event_is_read_while_model_still_writes(ours: Make) -> None:
    first, second = threading.Event(), threading.Event()
    answer = streamed(text("a"), silence(first), text("b"), silence(second), *whole("c"))
    with Bedrock(answer) as bedrock:
        stream = iter(ours(bedrock.url).converse_stream(modelId=MODEL)["stream"])
        assert next(stream)["contentBlockDelta"]["delta"] == {"text": "a"}
        first.set()
        assert next(stream)["contentBlockDelta"]["delta"] == {"text": "b"}
        second.set()
        assert len(list(stream)) == 5


def test_bedrock_client_native_request_equals_that_of_boto3(ours: Make) -> None:
    parameters = {
        "contentType": "application/json",
        "guardrailIdentifier": "g1",
        "guardrailVersion": "1",
        "trace": "ENABLED",
        "serviceTier": "flex",
        "performanceConfigLatency": "optimized",
    }
    chunk = event("chunk", bytes="eyJhIjoxfQ==")
    seen = []
    with Bedrock(streamed(chunk)) as bedrock:
        for client in (ours(bedrock.url), botos(bedrock.url)):
            response = client.invoke_model_with_response_stream(modelId=MODEL, body=b"{}", **parameters)
            seen.append(list(response["body"]))
            client.close()
    assert seen[0] == seen[1] == [{"chunk": {"bytes": b'{"a":1}'}}]
    mine, botos_own = (
        (
            request.target,
            request.body,
            {name: request.headers.get(name.lower()) for name in INVOKE_HEADERS.values()},
        )
        for request in bedrock.requests
    )
    assert mine == botos_own


def test_bedrock_client_invoke_headers_match_service_model() -> None:
    shape = (
        SESSION.client("bedrock-runtime")
        .meta.service_model.operation_model("InvokeModelWithResponseStream")
        .input_shape
    )
    headers = {
        name: member.serialization["name"]
        for name, member in shape.members.items()
        if member.serialization.get("location") == "header"
    }
    assert headers == INVOKE_HEADERS
