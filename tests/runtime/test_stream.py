"""The decorator on AWS's unmodified runtime loop, seen from the Runtime API."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from tests.runtime.function import Function


def test_stream_runtime_item_is_sent_before_the_handler_goes_on() -> None:
    with Function("streams.gated") as function:
        invocation = function.api.invoke()
        invocation.skip_head()
        assert invocation.next_chunk() == b'data: {"n":1}\n\n'
        function.release()
        assert invocation.next_chunk() == b"data: two\ndata: lines\n\n"
        function.release()
        assert invocation.next_chunk() == b'event: done\ndata: {"n":3}\n\n'
        assert invocation.next_chunk() is None
        assert invocation.wait().trailers == {}


def test_stream_runtime_request_is_what_lambda_expects_of_streaming() -> None:
    with Function("streams.gated") as function:
        invocation = function.api.invoke(headers={"Lambda-Runtime-Invocation-Id": "inv-7"})
        function.release()
        function.release()
        answer = invocation.wait()
    assert answer.path == f"/2018-06-01/runtime/invocation/{invocation.request_id}/response"
    assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert answer.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.headers["lambda-runtime-invocation-id"] == "inv-7"
    assert answer.headers["trailer"].split(", ") == [
        "Lambda-Runtime-Function-Error-Type",
        "Lambda-Runtime-Function-Error-Body",
    ]
    assert answer.prelude == {
        "statusCode": 200,
        "headers": {
            "content-type": "text/event-stream",
            "cache-control": "no-cache",
            "x-accel-buffering": "no",
            "x-request-id": invocation.request_id,
            "request-id": invocation.request_id,
        },
    }


def test_stream_runtime_loop_answers_once_and_goes_on() -> None:
    with Function("streams.full") as function:
        for _ in range(3):
            function.api.wait_for_poll()
            invocation = function.api.invoke()
            assert invocation.wait().prelude["statusCode"] == 201
        function.api.wait_for_poll()
        assert all(len(each.requests) == 1 for each in (invocation,))


def test_stream_runtime_response_has_its_status_headers_and_cookies() -> None:
    with Function("streams.full") as function:
        answer = function.api.invoke().wait()
    assert answer.prelude["statusCode"] == 201
    assert answer.prelude["headers"]["content-type"] == "application/json"
    assert answer.prelude["multiValueHeaders"] == {"x-many": ["a", "b"]}
    assert answer.prelude["cookies"] == ["b=2", "a=1; Path=/"]
    assert json.loads(answer.payload) == {"made": True}


def test_stream_runtime_http_error_before_first_byte_is_a_status() -> None:
    with Function("streams.refuses") as function:
        invocation = function.api.invoke()
        answer = invocation.wait()
    assert answer.prelude["statusCode"] == 429
    assert answer.prelude["headers"]["retry-after"] == "1"
    assert json.loads(answer.payload) == {
        "type": "error",
        "error": {"type": "rate_limit_error", "message": "slow down", "code": "throttled", "param": None},
        "request_id": invocation.request_id,
    }
    assert answer.trailers == {}


def test_stream_runtime_other_exception_before_first_byte_is_posted_as_error() -> None:
    with Function("streams.crashes") as function:
        answer = function.api.invoke().wait()
        assert answer.path.endswith("/error")
        assert json.loads(answer.body)["errorMessage"] == "before the first byte"
        assert "[ERROR] RuntimeError: before the first byte" in function.output


def test_stream_runtime_exception_midway_reaches_client_lambda_and_log() -> None:
    with Function("streams.breaks") as function:
        invocation = function.api.invoke()
        answer = invocation.wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        first, _, event = answer.payload.partition(b"\n\n")
        assert first == b'data: {"n":1}'
        assert event.startswith(b"event: error\ndata: ")
        assert json.loads(event.partition(b"data: ")[2])["error"]["code"] == "internal_error"
        assert b"arn:" not in answer.payload
        assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.RuntimeError"
        told = json.loads(b64decode(answer.trailers["Lambda-Runtime-Function-Error-Body"]))
        assert told["errorType"] == "RuntimeError"
        assert "[ERROR] RuntimeError: in the middle" in function.output
        assert function.said() == b"finally"


@pytest.mark.parametrize(
    "refusal",
    [
        b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
    ids=["413", "400", "closed"],
)
def test_stream_runtime_early_answer_closes_the_generator(refusal: bytes) -> None:
    with Function("streams.endless") as function:
        function.api.invoke(refuse_after=5000, refusal=refusal)
        assert function.said() == b"closed"
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "StreamRejected" in function.output
        assert not [path for path in function.api.paths if path.endswith("/error")]


def test_stream_runtime_undecorated_handler_is_unchanged() -> None:
    with Function("streams.buffered") as function:
        answer = function.api.invoke().wait()
    assert json.loads(answer.body) == {"statusCode": 200, "body": "plain"}
    assert "lambda-runtime-function-response-mode" not in answer.headers
