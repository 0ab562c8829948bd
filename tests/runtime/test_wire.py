"""The bytes on the wire, for any sizes of chunks, any split of UTF-8 and any headers."""

from __future__ import annotations

import _socket
import json
import socket
from base64 import b64decode
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lambda_streaming import StreamRejected, _runtime_api
from lambda_streaming._awslambdaric import Invocation
from lambda_streaming._deadline import Interruption
from lambda_streaming._head import DELIMITER, Prelude
from lambda_streaming._runtime_api import RuntimeApiResponse

from tests.runtime.function import Function
from tests.support.runtime_api import Request, RuntimeApi

HEAD_OF_FUNCTION_URL = {"domainName": "id.lambda-url.eu-west-1.on.aws", "http": {"method": "HEAD"}}

sizes = st.integers(1, 100) | st.sampled_from([4095, 4096, 65535, 65536, 65537, 300_000])
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=3, max_size=12).map("x-{}".format)
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=20
)


@pytest.fixture(scope="module", name="api")
def runtime_api() -> Iterator[RuntimeApi]:
    """Return one Runtime API for all the responses of this module."""
    with RuntimeApi() as api:
        yield api


def sent(api: RuntimeApi, prelude: Prelude, chunks: list[bytes], error: Exception | None = None) -> Request:
    invocation = api.invoke()
    response = RuntimeApiResponse(api.address, Invocation(invocation.request_id))
    response.open(prelude)
    for chunk in chunks:
        response.write(chunk)
    response.close() if error is None else response.fail(error)
    return invocation.wait()


@settings(max_examples=50, deadline=None)
@given(lengths=st.lists(sizes, max_size=12))
def test_stream_wire_chunks_of_any_size_arrive_as_written(api: RuntimeApi, lengths: list[int]) -> None:
    chunks = [bytes([n]) * length for n, length in enumerate(lengths)]
    answer = sent(api, Prelude(200, {}), chunks)
    assert answer.chunks == [b'{"statusCode":200,"headers":{}}', DELIMITER, *chunks]
    assert answer.complete


@settings(max_examples=50, deadline=None)
@given(
    text=st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1),
    step=st.integers(1, 5),
)
def test_stream_wire_text_split_anywhere_arrives_complete(api: RuntimeApi, text: str, step: int) -> None:
    data = text.encode()
    answer = sent(api, Prelude(200, {}), [data[at : at + step] for at in range(0, len(data), step)])
    assert answer.payload.decode() == text


@settings(max_examples=50, deadline=None)
@given(
    status=st.integers(200, 599),
    headers=st.dictionaries(names, values, max_size=6),
    cookies=st.lists(values, max_size=3),
)
def test_stream_wire_any_prelude_arrives_as_set(
    api: RuntimeApi, status: int, headers: dict[str, str], cookies: list[str]
) -> None:
    answer = sent(api, Prelude(status, headers, cookies), [b"x"])
    assert answer.prelude == {
        "statusCode": status,
        "headers": headers,
        **({"cookies": cookies} if cookies else {}),
    }
    assert answer.payload == b"x"


@settings(max_examples=50, deadline=None)
@given(message=st.text(max_size=300))
def test_stream_wire_error_trailers_hold_any_message(api: RuntimeApi, message: str) -> None:
    answer = sent(api, Prelude(200, {}), [b"x"], ValueError(message))
    assert answer.complete
    assert list(answer.trailers) == [
        "Lambda-Runtime-Function-Error-Type",
        "Lambda-Runtime-Function-Error-Body",
    ]


def test_stream_wire_response_refused_at_its_end_is_stream_rejected(api: RuntimeApi) -> None:
    invocation = api.invoke(
        refuse_after=1, refusal=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nlate"
    )
    response = RuntimeApiResponse(api.address, Invocation(invocation.request_id))
    response.open(Prelude(200, {}))
    with pytest.raises(StreamRejected, match=r"403 Forbidden late|closed the connection"):
        response.close()


def test_stream_wire_without_runtime_api_the_invocation_stays_unanswered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    invocation = Invocation("request-1")
    with pytest.raises(ConnectionRefusedError):
        RuntimeApiResponse(address, invocation).open(Prelude(200, {}))
    assert not invocation.answered


@pytest.mark.parametrize("connected", [True, False])
def test_stream_wire_cut_before_the_first_byte_leaves_the_invocation_unanswered(
    api: RuntimeApi, monkeypatch: pytest.MonkeyPatch, connected: bool
) -> None:
    class Cut(_socket.socket):
        """A connection that is cut while it is made, as a deadline does from another thread."""

        def connect(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            if connected:
                super().connect(address)
            assert response.cut()
            if not connected:
                super().connect(address)

    invocation = Invocation(api.invoke().request_id)
    response = RuntimeApiResponse(api.address, invocation)
    monkeypatch.setattr(_runtime_api, "_socket", SimpleNamespace(**{**vars(_socket), "socket": Cut}))
    with pytest.raises(Interruption):
        response.open(Prelude(200, {}))
    assert not invocation.answered


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"status": 204}, 204),
        ({"status": 304}, 304),
        ({"status": 200, "httpMethod": "HEAD"}, 200),
        ({"status": 200, "requestContext": HEAD_OF_FUNCTION_URL}, 200),
    ],
)
def test_stream_wire_response_without_body_is_prelude_and_end(event: dict[str, object], status: int) -> None:
    with Function("streams.bodyless") as function:
        answer = function.api.invoke(event).wait()
    assert answer.prelude["statusCode"] == status
    assert answer.chunks[1:] == [DELIMITER]
    assert answer.complete


def test_stream_runtime_outer_decorator_sees_the_exception() -> None:
    with Function("streams.watched") as function:
        answer = function.api.invoke().wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert function.said() == b"finallyRuntimeError"
    assert (
        json.loads(answer.payload.partition(b"event: error\ndata: ")[2])["error"]["code"] == "internal_error"
    )


@settings(max_examples=20, deadline=None)
@given(character=st.characters(), name=st.text("Nö", min_size=1))
def test_stream_wire_error_trailers_of_long_message_are_cut(
    api: RuntimeApi, character: str, name: str
) -> None:
    kind = type(name * 2000, (Exception,), {})
    trailers = sent(api, Prelude(200, {}), [b"x"], kind(character * 5000)).trailers
    size = sum(len(f"{name}: {value}\r\n") for name, value in trailers.items())
    assert 1000 < size < 4096 - len("0\r\n\r\n")
    told = json.loads(b64decode(trailers["Lambda-Runtime-Function-Error-Body"]))
    assert told["errorMessage"].startswith(character)
    assert set(told["errorType"]) <= {"N", "ö"}
