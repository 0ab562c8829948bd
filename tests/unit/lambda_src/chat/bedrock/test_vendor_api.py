"""Bedrock's paths for the APIs of other vendors, through both clients."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from chat.bedrock.client import BedrockRuntime
from chat.bedrock.exceptions import BedrockError
from chat.bedrock.sdk import sdk_client
from chat.bedrock.vendor_api import CODES, data_of_events
from chat.errors import translate
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bedrock.scripted import Answer, Bedrock, refused
from tests.support.servers import LAST_CHUNK, chunked, head
from tests.unit.lambda_src.chat.bedrock.calls import KEYS, TIMEOUT, silence

PATH = "/openai/v1/responses"
SSE = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
JSON = {"content_type": "application/json"}
Connect = Callable[[str], Any]


@pytest.fixture(params=["own", "sdk"])
def connect(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return what makes a client for a URL: the one of this package, or boto3's."""
    environ = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **KEYS}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("chat.bedrock.sdk.time.sleep", lambda _: None)
    # the session of an earlier test has that one's credentials
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)

    def make(url: str) -> Any:  # noqa: ANN401
        if request.param == "sdk":
            monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
            return sdk_client(connect_timeout=TIMEOUT, read_timeout=TIMEOUT)
        given = {**environ, "AWS_ENDPOINT_URL": url}
        return BedrockRuntime(given, connect_timeout=TIMEOUT, read_timeout=TIMEOUT, sleep=lambda _: None)

    return make


def sse(*parts: bytes | Callable[[], object], end: bool = True) -> Answer:
    """Answer with server-sent events; a callable is what the server waits for."""

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head(200, SSE))
        for part in parts:
            if callable(part):
                part()
            else:
                connection.sendall(chunked(part))
        if end:
            connection.sendall(LAST_CHUNK)
        return end

    return answer


def ask(client: Any, **headers: str) -> dict[str, Any]:  # noqa: ANN401
    asked: dict[str, Any] = client.stream_vendor_api(path=PATH, body=b'{"model":"m"}', headers=headers)
    return asked


def test_vendor_api_events_are_the_data_of_the_stream(connect: Connect) -> None:
    with (
        Bedrock(sse(b'event: a\ndata: {"a":1}\n\nda', b"ta: [DONE]\n\n")) as server,
        closing(connect(server.url)) as client,
    ):
        assert list(ask(client)["body"]) == [
            {"chunk": {"bytes": b'{"a":1}'}},
            {"chunk": {"bytes": b"[DONE]"}},
        ]


def test_vendor_api_event_is_read_while_the_model_still_writes(connect: Connect) -> None:
    read = threading.Event()
    with (
        Bedrock(sse(b"data: 1\n\n", silence(read), b"data: 2\n\n")) as server,
        closing(connect(server.url)) as client,
    ):
        events = iter(ask(client)["body"])
        assert next(events)["chunk"]["bytes"] == b"1"
        read.set()
        assert [event["chunk"]["bytes"] for event in events] == [b"2"]


def test_vendor_api_request_is_signed_as_botocore_signs_it(connect: Connect) -> None:
    with Bedrock(sse(b"data: 1\n\n")) as server, closing(connect(server.url)) as client:
        list(ask(client, **{"anthropic-version": "2023-06-01"})["body"])
        ((target, headers, body, method),) = server.requests
        url = server.url
    assert (target, method, body, headers["content-type"]) == (
        PATH,
        "POST",
        b'{"model":"m"}',
        "application/json",
    )
    assert headers["anthropic-version"] == "2023-06-01"
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    sent = {
        name: headers[name] for name in names if name not in ("host", "x-amz-date", "x-amz-security-token")
    }
    again = AWSRequest("POST", f"{url}{PATH}", headers=sent, data=body)
    moment = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    with patch("botocore.auth.get_current_datetime", return_value=moment):  # the clock
        SigV4Auth(Credentials("A", "S", "T"), "bedrock", "us-east-1").add_auth(again)
    assert headers["authorization"] == again.headers["Authorization"]
    assert {"content-type", "host"} <= {*names}


OPENAI = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}
ANTHROPIC = {"type": "error", "error": {"type": "x", "message": "no"}}


@pytest.mark.parametrize("body", [OPENAI, ANTHROPIC], ids=["OpenAI", "Anthropic"])
@pytest.mark.parametrize("status", CODES)
def test_vendor_api_error_has_the_code_of_bedrocks_operations(
    connect: Connect, status: int, body: dict[str, Any]
) -> None:
    answer = refused(status, json.dumps(body).encode(), **JSON)
    with Bedrock(answer, answer, answer) as server, closing(connect(server.url)) as client:
        with pytest.raises(BedrockError) as caught:
            ask(client)
        assert len(server.requests) == (3 if status in (429, 500, 503) else 1)
    assert caught.value.response["Error"] == {"Code": CODES[status], "Message": "no"}


def test_vendor_api_error_of_the_front_door_is_in_awss_form(connect: Connect) -> None:
    answer = refused(403, b'{"Message":"no key"}', **JSON, **{"x-amzn-errortype": "AccessDeniedException"})
    with (
        Bedrock(answer) as server,
        closing(connect(server.url)) as client,
        pytest.raises(BedrockError) as caught,
    ):
        ask(client)
    assert caught.value.response["Error"] == {"Code": "AccessDeniedException", "Message": "no key"}
    assert translate(caught.value).code == "model_access_denied"


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_vendor_api_unknown_operation_is_a_failure_whatever_the_status(
    connect: Connect, status: int, content_type: str
) -> None:
    said = b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'
    with (
        Bedrock(refused(status, said, content_type=content_type)) as server,
        closing(connect(server.url)) as client,
    ):
        if (status, content_type) == (200, "text/event-stream"):
            # it has no event, and so no end
            assert list(ask(client)["body"]) == []
            return
        with pytest.raises(BedrockError) as caught:
            ask(client)
        assert len(server.requests) == 1
    error = translate(caught.value)
    assert (error.status, error.code) == (502, "upstream_operation")


def test_vendor_api_whole_answer_instead_of_a_stream_is_a_failure(connect: Connect) -> None:
    with (
        Bedrock(refused(200, b'{"id":"resp_1"}', **JSON)) as server,
        closing(connect(server.url)) as client,
        pytest.raises(BedrockError) as caught,
    ):
        ask(client)
    assert translate(caught.value).status == 502


def test_vendor_api_cut_stream_is_an_error_of_the_connection(connect: Connect) -> None:
    with Bedrock(sse(b"data: 1\n\n", end=False)) as server, closing(connect(server.url)) as client:
        events = iter(ask(client)["body"])
        next(events)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own
            next(events)
    assert translate(caught.value).code == "upstream_stream_broken"


EVENTS = st.lists(
    st.lists(st.binary(max_size=9).filter(lambda line: not {10, 13} & {*line}), min_size=1, max_size=3)
)


@given(EVENTS, st.sampled_from([b"\n", b"\r\n"]), st.integers(1, 7))
def test_vendor_api_data_does_not_depend_on_where_the_bytes_are_cut(
    events: list[list[bytes]], line_end: bytes, size: int
) -> None:
    lines = [line for event in events for line in [b": ping", *(b"data: " + each for each in event), b""]]
    stream = b"".join(line + line_end for line in lines)

    def pieces() -> Iterator[bytes]:
        yield from (stream[at : at + size] for at in range(0, len(stream), size))

    assert list(data_of_events(pieces())) == [b"\n".join(event) for event in events]


def test_vendor_api_event_without_its_blank_line_does_not_count() -> None:
    assert list(data_of_events([b"data: 1\n\ndata: 2\n"])) == [b"1"]
