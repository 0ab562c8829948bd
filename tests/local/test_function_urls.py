"""Function URLs of the gateway: what clients get through them, signed by others, and as it is written."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.http.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.serving import Client, Gate, Serving, function

Connect = Callable[[Serving], Client]
KEYS = Keys("test", "secret-of-test", "token-of-test")
AT = "/_aws/lambda-url/Url"
TEXT = {"Content-Type": "text/plain"}
PAGE = "https://app.example.com"
CORS = {
    "AllowOrigins": [PAGE],
    "AllowMethods": ["*"],
    "AllowHeaders": ["content-type", "x-amz-date"],
    "ExposeHeaders": ["x-stream-id"],
    "AllowCredentials": True,
    "MaxAge": 3600,
}


def url(handler: str, **properties: object) -> dict[str, object]:
    """Return a function and its URL."""
    given = {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM", **properties}
    target = {"TargetFunctionArn": {"Fn::GetAtt": ["Behind", "Arn"]}, **given}
    return {
        "Behind": function({"handler": handler}),
        "Url": {"Type": "AWS::Lambda::Url", "Properties": target},
    }


def body_of(answer: http.client.HTTPResponse) -> Any:  # noqa: ANN401 - of any function
    return json.loads(answer.read())


@pytest.mark.parametrize("named", ["by path", "by host"])
def test_function_url_chunk_arrives_before_the_next_is_written(
    serve: Serve, connect: Connect, gate: Gate, named: str
) -> None:
    serving = serve({}, **url("handlers.gated"))
    (made,) = serving.application.urls
    path, host = (f"{AT}/chat", {}) if named == "by path" else ("/chat", {"Host": made.host})
    client = connect(serving)
    client.ask("POST", path, "3", {**TEXT, **host})
    written = gate.accept()
    written.hear()
    written.let_go()
    answer = client.answer()
    assert (answer.status, answer.getheader("content-type")) == (200, "text/plain")
    assert answer.getheader("x-amz-apigw-id") is None
    for number in (b"0\n", b"1\n", b"2\n"):
        assert answer.readline() == number
        written.let_go()
    assert answer.read() == b""
    assert written.hear() == "done"


def test_function_url_event_is_payload_format_2(serve: Serve, connect: Connect) -> None:
    serving = serve({}, **url("handlers.echo", InvokeMode="BUFFERED"))
    headers = {"X-Several": "1", "Cookie": "a=1; b=2", "Content-Type": "application/json"}
    answer = connect(serving).send("POST", f"{AT}/a%2Fb/c?x=1&x=2&y=%C3%BC", '{"n":"é"}'.encode(), headers)
    assert answer.getheader("X-Buffered") == "yes"
    event = body_of(answer)["event"]
    (made,) = serving.application.urls
    assert made.host.endswith(".lambda-url.us-east-1.on.aws")
    context = event["requestContext"]
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == (
        "2.0",
        "/a%2Fb/c",
        "x=1&x=2&y=%C3%BC",
    )
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"x": "1,2", "y": "ü"}
    assert event["headers"]["x-several"] == "1"
    assert event["headers"]["host"] == context["domainName"] == made.host
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"n":"é"}', False)
    assert (context["http"]["method"], context["http"]["path"]) == ("POST", "/a%2Fb/c")
    assert "authorizer" not in context


@pytest.mark.parametrize(
    ("headers", "in_base64"),
    [
        ({"Content-Type": "text/csv"}, False),
        ({"Content-Type": "application/x-www-form-urlencoded"}, True),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, True),
        ({}, True),
    ],
    ids=["text", "form", "compressed", "none"],
)
def test_function_url_body_that_is_no_text_is_base64(
    serve: Serve, connect: Connect, headers: Mapping[str, str], in_base64: bool
) -> None:
    serving = serve({}, **url("handlers.echo", InvokeMode="BUFFERED"))
    event = body_of(connect(serving).send("PUT", f"{AT}/", b"a=1", headers))["event"]
    assert (event["isBase64Encoded"], event["body"]) == ((True, "YT0x") if in_base64 else (False, "a=1"))


def signed(serving: Serving, path: str, body: bytes, service: str = "lambda") -> dict[str, str]:
    """Return the headers of a request that botocore signs."""
    request = AWSRequest("POST", f"{serving.url}{path}", headers=TEXT, data=body)
    SigV4Auth(Credentials(KEYS.access_key, KEYS.secret_key, KEYS.token), service, "us-east-1").add_auth(
        request
    )
    return dict(request.headers.items())


def test_function_url_signed_by_botocore_knows_its_caller(serve: Serve, connect: Connect) -> None:
    serving = serve(
        {}, access=Access(KEYS), **url("handlers.echo", AuthType="AWS_IAM", InvokeMode="BUFFERED")
    )
    path = f"{AT}/orders/7%2F8?a=1"
    answer = connect(serving).send("POST", path, b"x", signed(serving, path, b"x"))
    assert answer.status == 200
    event = body_of(answer)["event"]
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == "test"
    assert event["requestContext"]["authorizer"]["iam"]["userArn"].startswith("arn:aws:iam::")
    assert "authorization" not in event["headers"]


def test_function_url_not_signed_or_for_another_service_is_refused(serve: Serve, connect: Connect) -> None:
    serving = serve({}, access=Access(KEYS), **url("handlers.fails", AuthType="AWS_IAM"))
    unsigned = connect(serving).send("POST", f"{AT}/")
    assert (unsigned.status, unsigned.getheader("x-amzn-ErrorType")) == (403, "AccessDeniedException")
    assert body_of(unsigned) == {"Message": "Forbidden"}
    other = connect(serving).send("POST", f"{AT}/", b"x", signed(serving, f"{AT}/", b"x", "execute-api"))
    assert other.status == 403
    assert "Credential should be scoped to correct service: 'lambda'." in body_of(other)["Message"]
    changed = connect(serving).send("POST", f"{AT}/", b"y", signed(serving, f"{AT}/", b"x"))
    assert (changed.status, changed.getheader("x-amzn-ErrorType")) == (403, "InvalidSignatureException")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_function_url_signed_by_curl_streams(serve: Serve) -> None:
    serving = serve({}, access=Access(KEYS), **url("handlers.responds", AuthType="AWS_IAM"))
    command = ["curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", "test:secret-of-test"]
    command += ["-H", "content-type: application/json", "-H", f"x-amz-security-token: {KEYS.token}"]
    command += ["-d", json.dumps({"hex": b"hi".hex(), "status": 201}), "-w", " %{http_code}"]
    done = subprocess.run(
        [*command, f"{serving.url}{AT}/chat"], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "hi 201"


def test_function_url_streamed_status_headers_and_cookies_are_passed_on(
    serve: Serve, connect: Connect
) -> None:
    serving = serve({}, **url("handlers.responds"))
    described = {"status": 418, "headers": {"x-a": "1"}, "cookies": ["a=1", "b=2"], "hex": "00ff"}
    answer = connect(serving).send("POST", f"{AT}/", json.dumps(described), TEXT)
    assert (answer.status, answer.getheader("x-a"), answer.read()) == (418, "1", b"\x00\xff")
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_function_url_head_has_no_body(serve: Serve, connect: Connect) -> None:
    serving = serve({}, **url("handlers.echo", InvokeMode="BUFFERED"))
    client = connect(serving)
    assert client.send("HEAD", f"{AT}/").read() == b""
    assert client.send("GET", f"{AT}/").status == 200


def test_function_url_plain_function_behind_response_stream_is_its_json(
    serve: Serve, connect: Connect
) -> None:
    answer = connect(serve({}, **url("handlers.echo"))).send("POST", f"{AT}/")
    assert (answer.status, answer.getheader("content-type")) == (200, "application/json")
    assert body_of(answer)["statusCode"] == 200


def test_function_url_stream_behind_buffered_fails_and_is_explained(serve: Serve, connect: Connect) -> None:
    serving = serve({}, **url("handlers.responds", InvokeMode="BUFFERED"))
    answer = connect(serving).send("POST", f"{AT}/", "{}", TEXT)
    assert (answer.status, body_of(answer)) == (502, {"Message": "Internal Server Error"})
    assert serving.logged("the function streams, and the InvokeMode of its URL is BUFFERED")


@pytest.mark.parametrize("mode", ["BUFFERED", "RESPONSE_STREAM"])
def test_function_url_function_error_is_502_without_details(
    serve: Serve, connect: Connect, mode: str
) -> None:
    serving = serve({}, **url("handlers.fails", InvokeMode=mode))
    answer = connect(serving).send("POST", f"{AT}/")
    assert (answer.status, answer.read()) == (502, b'{"Message": "Internal Server Error"}')
    assert serving.logged("secret detail")


def test_function_url_request_above_6_mb_is_413(serve: Serve, connect: Connect) -> None:
    serving = serve({}, limits=NO_LIMITS, **url("handlers.fails"))
    assert connect(serving).send("POST", f"{AT}/", b"x" * (6 * 1024 * 1024), TEXT).status == 413


def test_function_url_preflight_is_answered_without_the_function(serve: Serve, connect: Connect) -> None:
    serving = serve({}, **url("handlers.fails", Cors=CORS))
    asking = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    answer = connect(serving).send("OPTIONS", f"{AT}/chat", headers=asking)
    assert (answer.status, answer.read()) == (200, b"")
    assert answer.getheader("access-control-allow-origin") == PAGE
    assert answer.getheader("access-control-allow-methods") == "*"
    assert answer.getheader("access-control-allow-headers") == "content-type,x-amz-date"
    assert answer.getheader("access-control-allow-credentials") == "true"
    assert answer.getheader("access-control-max-age") == "3600"
    stranger = connect(serving).send(
        "OPTIONS", f"{AT}/", headers={**asking, "Origin": "https://evil.example"}
    )
    assert stranger.getheader("access-control-allow-origin") is None


@pytest.mark.parametrize("own", [{}, {"access-control-allow-origin": PAGE}], ids=["alone", "doubled"])
def test_function_url_cors_headers_are_added_to_those_of_the_function(
    serve: Serve, connect: Connect, own: Mapping[str, str]
) -> None:
    serving = serve({}, allow_origins=(PAGE,), **url("handlers.responds", Cors=CORS))
    body = json.dumps({"headers": own, "hex": "61"})
    answer = connect(serving).send("POST", f"{AT}/", body, {**TEXT, "Origin": PAGE})
    assert answer.headers.get_all("access-control-allow-origin") == [PAGE] * (1 + len(own))
    assert answer.getheader("access-control-expose-headers") == "x-stream-id"


def test_function_url_of_an_alias_of_a_stack_without_an_api_is_served(serve: Serve, connect: Connect) -> None:
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Behind"}, "Name": "live", "FunctionVersion": "1"},
    }
    serving = serve({}, Live=alias, **url("handlers.echo", Qualifier="live", InvokeMode="BUFFERED"))
    assert connect(serving).send("GET", f"{AT}").status == 200
    assert serving.logged(f"function URL Url is {serving.url}{AT}/")


def test_function_url_that_cannot_be_served_says_so_and_no_other_is_affected(
    serve: Serve, connect: Connect
) -> None:
    gone = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"AuthType": "NONE", "TargetFunctionArn": "arn:aws:lambda:us-east-1:1:function:theirs"},
    }
    distribution = {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {"Origins": [{"DomainName": {"Fn::GetAtt": ["Url", "FunctionUrl"]}}]},
    }
    more = url("handlers.echo", InvokeMode="BUFFERED")
    serving = serve({}, Gone=gone, Edge=distribution, **more)
    assert serving.logged("warning: function URL Gone is not served: theirs: not in this template")
    assert serving.logged("warning: function URL Url is served without its distribution of CloudFront")
    assert connect(serving).send("GET", "/_aws/lambda-url/Gone/").status == 500
    assert connect(serving).send("GET", f"{AT}/").status == 200
    assert connect(serving).send("GET", "/_aws/lambda-url/Nobody/").status == 403


def test_function_url_that_nothing_authorizes_refuses_pages_of_others(serve: Serve, connect: Connect) -> None:
    serving = serve({}, **url("handlers.fails", Cors=CORS))
    answer = connect(serving).send("POST", f"{AT}/", "{}", {**TEXT, "Origin": PAGE})
    assert answer.status == 403
    assert "may not send this" in body_of(answer)["Message"]
