from __future__ import annotations

import json

import pytest

from streaming_api_tools.client.lambda_response import MalformedResponseError
from streaming_api_tools.local.gateway.integrations.lambda_response import buffered_response


def payload(**response: object) -> bytes:
    return json.dumps(response).encode()


def test_buffered_response_has_status_headers_and_body() -> None:
    answer = buffered_response(
        payload(statusCode=201, headers={"X-A": "b"}, body="text"), decode_base64=False
    )
    assert (answer.status, answer.body) == (201, b"text")
    assert answer.headers == (("X-A", "b"), ("Content-Type", "application/json"))


def test_buffered_response_empty_object_has_defaults() -> None:
    answer = buffered_response(b"{}", decode_base64=False)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(("asked", "body"), [(True, b"\xff\x00"), (False, b"/wA=")])
def test_buffered_response_base64_is_decoded_for_binary_accept_header(asked: bool, body: bytes) -> None:
    assert buffered_response(payload(body="/wA=", isBase64Encoded=True), asked).body == body


def test_buffered_response_of_streaming_function_has_headers_without_body() -> None:
    wire = payload(statusCode=202, headers={"Content-Type": "text/plain"}) + bytes(8) + b"body"
    answer = buffered_response(wire, decode_base64=False)
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers == (("Content-Type", "text/plain"),)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b'"text"',
        b"null",
        payload(status=200),
        payload(cookies=["a=b"]),
        payload(body={"not": "text"}),
        payload(statusCode="x"),
        payload(headers={"a": {}}),
        payload(errorMessage="boom", errorType="ValueError"),
    ],
)
def test_buffered_response_other_payload_is_malformed(wire: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        buffered_response(wire, decode_base64=False)


def test_buffered_response_invalid_base64_is_malformed() -> None:
    with pytest.raises(MalformedResponseError, match="not base64"):
        buffered_response(payload(body="?", isBase64Encoded=True), decode_base64=True)
