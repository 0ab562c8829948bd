"""Handlers that return what a proxy integration takes, as other frameworks do."""

from __future__ import annotations

from base64 import b64encode

import pytest
from lambda_streaming import CollectedResponse, stream


def answer(result: dict[str, object]) -> CollectedResponse:
    return stream(lambda event, context: result)({}, None)


def test_proxy_response_has_its_status_headers_cookies_and_body() -> None:
    response = answer(
        {
            "statusCode": 201,
            "headers": {"X-One": "1", "X-Both": "a", "Content-Type": "text/html", "X-None": None},
            "multiValueHeaders": {"x-both": ["a", "b"], "Set-Cookie": ["c=1", "d=2"]},
            "cookies": ["e=3"],
            "body": "<p>",
            "isBase64Encoded": False,
        }
    )
    assert (response.status, response.chunks) == (201, [b"<p>"])
    assert response.headers["x-one"] == "1"
    assert response.headers["content-type"] == "text/html"
    assert response.multi_value_headers == {"x-both": ["a", "b"]}
    assert response.cookies == ["e=3", "c=1", "d=2"]
    assert "x-none" not in response.headers


def test_proxy_response_without_content_type_is_json_as_api_gateway_has_it() -> None:
    response = answer({"statusCode": 200, "body": "{}"})
    assert response.headers["content-type"] == "application/json"


def test_proxy_response_in_base64_is_sent_as_bytes() -> None:
    body = b64encode(b"\xff\0").decode()
    assert answer({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\xff\0"


@pytest.mark.parametrize("result", [{"statusCode": 204}, {"statusCode": 200, "body": None}])
def test_proxy_response_may_have_no_body(result: dict[str, object]) -> None:
    assert answer(result).chunks == []


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"status": 200}, TypeError),
        ({"statusCode": 200, "foo": 1}, TypeError),
        ({"statusCode": "200"}, TypeError),
        ({"statusCode": None}, TypeError),
        ({"statusCode": 200, "multiValueHeaders": {"a": "bc"}}, TypeError),
        ({"statusCode": 200, "multiValueHeaders": {"a": 5}}, TypeError),
        ({"statusCode": 200, "headers": {1: "a"}}, TypeError),
        ({"statusCode": 200, "cookies": {"a": "1"}}, TypeError),
        ({"statusCode": 200, "body": "YQ==", "isBase64Encoded": "false"}, TypeError),
        ({"statusCode": 200, "body": {"a": 1}}, TypeError),
        ({"statusCode": 200, "headers": [("a", "b")]}, TypeError),
        ({"statusCode": 200, "headers": {"a": 1}}, TypeError),
        ({"statusCode": 200, "cookies": "a=1"}, TypeError),
        ({"statusCode": 99}, ValueError),
        ({"statusCode": 200, "body": "?", "isBase64Encoded": True}, ValueError),
    ],
    ids=str,
)
def test_proxy_response_of_a_wrong_form_is_refused(result: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"must|is not|is no response"):
        answer(result)


def test_proxy_response_header_in_two_spellings_keeps_both_values() -> None:
    response = answer({"statusCode": 200, "headers": {"Set-Cookie": "a=1", "set-cookie": "b=2"}})
    assert response.cookies == ["a=1", "b=2"]
