from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_api_tools.client.proxy_event import Json
from streaming_api_tools.local.application import Stage
from streaming_api_tools.local.gateway.request.routed_request import (
    HttpRequest,
    Identity,
    RoutedRequest,
    is_binary,
)
from tests.unit.streaming_api_tools.local.gateway.requests import API, ROUTE, routed

# the example event of
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
DOCUMENTED = json.loads((Path(__file__).with_name("documented_event.json")).read_text("utf-8"))
REQUEST = HttpRequest(
    method="POST",
    path="/prod/items/a%20b",
    query="x=1&x=2%263&empty=&plus=a+b",
    headers=(
        ("Host", "127.0.0.1:3000"),
        ("User-Agent", "test"),
        ("Accept", "a"),
        ("Accept", "b"),
        ("Content-Type", "application/json"),
        ("Content-Length", "9"),
        ("Connection", "keep-alive"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=test/..."),
    ),
    body='{"a":"ö"}'.encode(),
    source_ip="127.0.0.1",
)


ROUTED = replace(routed(REQUEST, {"id": "a b"}), identity=Identity("test", "1234", "u", "arn"))


def event(request: RoutedRequest = ROUTED) -> dict[str, Json]:
    return request.proxy_event()


def test_proxy_event_has_exactly_the_documented_members() -> None:
    ours = event()
    assert ours.keys() == DOCUMENTED.keys()
    context, documented = ours["requestContext"], DOCUMENTED["requestContext"]
    assert isinstance(context, dict)
    missing = documented.keys() - context.keys()
    assert missing <= {"authorizer"}  # only with an authorizer
    assert documented["identity"].keys() - context["identity"].keys() <= {
        "clientCert"
    }  # only with mutual TLS


def test_proxy_event_values_are_decoded_and_last_of_several_is_single() -> None:
    ours = event()
    assert ours["resource"] == "/items/{id}"
    assert ours["path"] == "/items/a%20b"
    assert ours["pathParameters"] == {"id": "a b"}
    assert ours["queryStringParameters"] == {"x": "2&3", "empty": "", "plus": "a b"}
    assert ours["multiValueQueryStringParameters"] == {"x": ["1", "2&3"], "empty": [""], "plus": ["a b"]}
    assert ours["stageVariables"] == {"color": "blue"}
    assert ours["body"] == '{"a":"ö"}'
    assert ours["isBase64Encoded"] is False


def test_proxy_event_headers_are_of_client_and_gateway() -> None:
    assert event()["multiValueHeaders"] == {
        "Host": ["127.0.0.1:3000"],
        "User-Agent": ["test"],
        "Accept": ["a", "b"],
        "Content-Type": ["application/json"],
        "X-Amzn-Trace-Id": ["Root=1-5-6"],
        "X-Forwarded-For": ["10.0.0.1, 127.0.0.1"],
        "X-Forwarded-Port": ["3000"],
        "X-Forwarded-Proto": ["http"],
    }
    headers = event()["headers"]
    assert isinstance(headers, dict)
    assert headers["Accept"] == "b"


def test_proxy_event_request_context_has_identity_and_time() -> None:
    context = event()["requestContext"]
    assert isinstance(context, dict)
    assert context["path"] == "/prod/items/a%20b"
    assert context["requestTime"] == "21/Nov/2026:12:30:05 +0000"
    assert context["requestTimeEpoch"] == 1795264205250
    assert context["resourceId"] == "r1"
    assert context["identity"]["accessKey"] == "test"
    assert context["domainPrefix"] == "127"


def test_proxy_event_missing_members_are_null() -> None:
    http = replace(REQUEST, query="", body=b"", path="/prod/")
    route = replace(ROUTE, path="/")
    bare = event(replace(ROUTED, http=http, route=route, path_parameters={}, stage=Stage("prod")))
    nulls = {name for name, value in bare.items() if value is None}
    assert nulls == {
        "body",
        "pathParameters",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "stageVariables",
    }
    assert bare["path"] == "/"


def test_proxy_event_bearer_token_is_passed_unless_route_uses_iam() -> None:
    bearer = replace(ROUTED, http=replace(REQUEST, headers=(("Authorization", "Bearer x"),)))
    unsigned = replace(bearer, route=replace(ROUTE, authorization="NONE"))
    assert "Authorization" not in event(bearer)["headers"]  # type: ignore[operator]
    assert event(unsigned)["headers"]["Authorization"] == "Bearer x"  # type: ignore[index]


def test_proxy_event_binary_media_type_body_is_base64() -> None:
    api = replace(API, binary_media_types=("application/json",))
    binary = event(replace(ROUTED, http=replace(REQUEST, body=b"\xff\x00"), api=api))
    assert (binary["body"], binary["isBase64Encoded"]) == ("/wA=", True)


def test_proxy_event_undeclared_binary_body_is_damaged() -> None:
    assert event(replace(ROUTED, http=replace(REQUEST, body=b"a\xff")))["body"] == "a\ufffd"


@pytest.mark.parametrize(
    ("media_type", "known", "binary"),
    [
        ("image/png", ("image/png",), True),
        ("image/png; charset=x", ("image/png",), True),
        ("image/png", ("image/*",), True),
        ("image/png", ("*/*",), True),
        ("IMAGE/PNG", ("image/png",), True),
        ("text/plain", ("image/png",), False),
        (None, ("*/*",), True),
        (None, ("image/png",), False),
        ("image/png", (), False),
    ],
)
def test_binary_media_types_may_have_wildcards(
    media_type: str | None, known: tuple[str, ...], binary: bool
) -> None:
    assert is_binary(media_type, known) is binary
