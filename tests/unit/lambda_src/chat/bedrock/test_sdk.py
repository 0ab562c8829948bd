"""boto3's client as the chat function uses it, where Bedrock refuses."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chat.bedrock.sdk import sdk_client
from chat.errors import translate
from lambda_streaming_aws.connection import LONGEST_ERROR

from tests.support.bedrock.scripted import Answer, Bedrock, error, event, streamed, text
from tests.support.servers import LAST_CHUNK, chunked, head
from tests.unit.lambda_src.chat.bedrock.calls import KEYS, TIMEOUT

MB = 1024 * 1024
HUGE = 200 * MB
Ask = Callable[..., list[Any]]


@pytest.fixture(name="ask")
def asking(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return what asks a server through boto3, and returns its events."""
    for name, value in {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **KEYS}.items():
        monkeypatch.setenv(name, value)

    def ask(server: Bedrock) -> list[Any]:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        client: Any = sdk_client(connect_timeout=TIMEOUT, read_timeout=TIMEOUT)
        with closing(client):
            return list(client.converse_stream(modelId="model-1", messages=[])["stream"])

    return ask


def huge(sent: list[int], *, chunks: bool) -> Answer:
    """Answer with an error of 200 MB, and note how much of it was taken."""
    framing = {"transfer-encoding": "chunked"} if chunks else {"content-length": str(HUGE)}

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head(400, {"x-amzn-errortype": "ValidationException", **framing}))
        part = chunked(b" " * MB) if chunks else b" " * MB
        with suppress(OSError):
            for _ in range(HUGE // MB):
                connection.sendall(part)
                sent.append(MB)
            connection.sendall(LAST_CHUNK)
        return False

    return answer


@pytest.mark.parametrize("chunks", [False, True], ids=["length", "chunked"])
def test_sdk_error_of_200_mb_is_not_read_whole(ask: Ask, chunks: bool) -> None:
    sent: list[int] = []
    with Bedrock(huge(sent, chunks=chunks)) as server, pytest.raises(ClientError) as caught:
        ask(server)
    # What the buffers of two kernels hold went as well.
    assert sum(sent) < 50 * MB
    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": ""}
    assert translate(caught.value).status == 400


@pytest.mark.parametrize("size", [10, LONGEST_ERROR - 100])
def test_sdk_error_of_bedrock_is_read_whole(ask: Ask, size: int) -> None:
    said = "x" * size
    with Bedrock(error(400, "ValidationException", said)) as server, pytest.raises(ClientError) as caught:
        ask(server)
    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": said}


def test_sdk_asks_again_after_an_error_of_200_mb(ask: Ask) -> None:
    def throttled(connection: socket.socket) -> bool:
        connection.sendall(head(503, {"content-length": str(HUGE)}))
        with suppress(OSError):
            connection.sendall(b" " * HUGE)
        return False

    with Bedrock(throttled, streamed(text("Hi"), event("messageStop", stopReason="end_turn"))) as server:
        events = ask(server)
    assert json.dumps(events[0]).count("Hi") == 1
    assert len(server.requests) == 2
