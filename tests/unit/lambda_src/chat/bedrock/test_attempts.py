"""What the client tries again, what it does not, and what it refuses before it sends anything."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress

import pytest
from chat.bedrock.client import BedrockRuntime
from chat.bedrock.exceptions import BedrockError
from chat.errors import translate
from lambda_streaming import DeadlineExceeded
from lambda_streaming_aws.exceptions import (
    ConnectionFailed,
    CredentialsUnavailable,
    ReadTimeout,
    StreamBroken,
    StreamStalled,
)

from tests.support.bedrock.scripted import (
    Answer,
    Bedrock,
    closed,
    error,
    exception,
    message,
    refused,
    streamed,
    text,
    whole,
)
from tests.unit.lambda_src.chat.bedrock.calls import KEYS, MODEL, TIMEOUT, Make, silence


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        (error(429, "ThrottlingException"), 3),
        (error(503, "ServiceUnavailableException"), 3),
        (error(408, "ModelTimeoutException"), 1),
        (error(424, "ModelErrorException"), 1),
        (error(400, "ValidationException"), 1),
    ],
)
def test_bedrock_client_transient_error_is_tried_three_times_others_once(
    ours: Make, answer: Answer, attempts: int
) -> None:
    with Bedrock(answer) as bedrock, pytest.raises(BedrockError):
        ours(bedrock.url).converse_stream(modelId=MODEL)
    assert len(bedrock.requests) == attempts


def test_bedrock_client_successful_retry_gives_the_stream(ours: Make) -> None:
    with Bedrock(error(429, "ThrottlingException"), closed, streamed(*whole())) as bedrock:
        response = ours(bedrock.url).converse_stream(modelId=MODEL)
        assert len(list(response["stream"])) == 5
    assert response["ResponseMetadata"]["RequestId"] == "r-1"


def test_bedrock_client_retry_after_header_is_waited() -> None:
    waited: list[float] = []
    environ = {"AWS_REGION": "us-east-1", **KEYS}
    with Bedrock(error(503, "X", x_amz_retry_after="1500"), streamed(*whole())) as bedrock:
        environ["AWS_ENDPOINT_URL"] = bedrock.url
        with closing(
            BedrockRuntime(environ, connect_timeout=1, read_timeout=TIMEOUT, sleep=waited.append)
        ) as client:
            list(client.converse_stream(modelId=MODEL)["stream"])
    assert waited == [1.5]


def test_bedrock_client_deadline_alarm_passes_through_unchanged(
    ours: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold))) as bedrock:
        stream = iter(ours(bedrock.url).converse_stream(modelId=MODEL)["stream"])
        next(stream)

        def alarm(size: int) -> bytes:
            raise DeadlineExceeded

        monkeypatch.setattr("socket.socket.recv", lambda self, size: alarm(size), raising=False)
        with pytest.raises(DeadlineExceeded):
            next(stream)
        hold.set()


def test_bedrock_client_trace_header_is_sent_as_botocore_does(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        list(
            ours(bedrock.url, _X_AMZN_TRACE_ID="Root=1-a;Sampled=0 é").converse_stream(modelId=MODEL)[
                "stream"
            ]
        )
    assert bedrock.requests[0].headers["x-amzn-trace-id"] == "Root=1-a;Sampled=0%20%C3%A9"


def test_bedrock_client_path_of_endpoint_precedes_operation_path(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        list(ours(f"{bedrock.url}/proxy/").converse_stream(modelId="m")["stream"])
    assert bedrock.requests[0].target == "/proxy/model/m/converse-stream"


def test_bedrock_client_without_credentials_fails_before_sending() -> None:
    client = BedrockRuntime(
        {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        connect_timeout=1,
        read_timeout=1,
    )
    with pytest.raises(CredentialsUnavailable) as caught:
        client.converse_stream(modelId=MODEL)
    assert translate(caught.value).code == "upstream_auth"


def test_bedrock_client_api_key_is_not_sent_in_the_clear(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock, pytest.raises(CredentialsUnavailable):
        ours(bedrock.url, AWS_BEARER_TOKEN_BEDROCK="key").converse_stream(modelId=MODEL)
    assert bedrock.requests == []


@pytest.mark.parametrize(
    "kind", [ConnectionFailed, CredentialsUnavailable, ReadTimeout, StreamBroken, StreamStalled]
)
def test_bedrock_client_every_exception_has_a_row_in_the_error_table(kind: type[Exception]) -> None:
    assert translate(kind("x")).code != "upstream_error"


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (error(429, "ThrottlingException"), "false"),
        (error(502, "SomethingNew"), "false"),
        (closed, "false"),
        (error(424, "ModelErrorException"), None),
    ],
)
def test_bedrock_client_error_after_own_retries_has_x_should_retry_false(
    ours: Make, answer: Answer, again: str | None
) -> None:
    with Bedrock(answer) as bedrock, pytest.raises((BedrockError, ConnectionFailed)) as caught:
        ours(bedrock.url).converse_stream(modelId=MODEL)
    assert translate(caught.value).headers.get("x-should-retry") == again


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": {"a": "x"}}',
        b'{"message": 7}',
        b'{"Message": ["x"]}',
        b'{"message": null}',
        b"[1]",
        b"7",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_bedrock_client_error_with_non_string_message_keeps_its_status(ours: Make, body: bytes) -> None:
    answer = refused(400, body, **{"x-amzn-errortype": "ValidationException"})
    with Bedrock(answer) as bedrock, pytest.raises(BedrockError) as caught:
        ours(bedrock.url).converse_stream(modelId=MODEL)
    told = translate(caught.value)
    assert (told.status, told.code) == (400, "validation_error")


@pytest.mark.parametrize(
    "frame",
    [
        exception("validationException", message={"a": 1}),
        exception("validationException", message=7),
        message(b"[1]", exception_type="validationException", message_type="exception"),
        message(b"no JSON", exception_type="validationException", message_type="exception"),
    ],
)
def test_bedrock_client_exception_with_non_string_message_keeps_its_name(ours: Make, frame: bytes) -> None:
    with Bedrock(streamed(text("a"), frame)) as bedrock, pytest.raises(BedrockError) as caught:
        list(ours(bedrock.url).converse_stream(modelId=MODEL)["stream"])
    assert translate(caught.value).code == "validationException"


def test_bedrock_client_endless_error_body_is_cut_and_connection_closed(ours: Make) -> None:
    sent: list[int] = []

    def endless(connection: socket.socket) -> bool:
        head = b"HTTP/1.1 400 X\r\nx-amzn-errortype: ValidationException\r\n"
        connection.sendall(head + b"content-length: 200000000\r\n\r\n")
        with suppress(OSError):
            for _ in range(200):
                connection.sendall(b"x" * 1_000_000)
                sent.append(1_000_000)
        return False

    with Bedrock(endless) as bedrock:
        client = ours(bedrock.url)
        with pytest.raises(BedrockError) as caught:
            client.converse_stream(modelId=MODEL)
    assert translate(caught.value).code == "validation_error"
    assert sum(sent) < 100_000_000
