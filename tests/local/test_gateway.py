"""What the gateway does itself: errors, authorization, limits, preflights and the access log."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.http.limits import Limits
from tests.local.conftest import Serve
from tests.local.serving import Client, Gate, Serving, integration

Connect = Callable[[Serving], Client]
GATED = {"handler": "handlers.gated"}
KEYS = Keys("test", "secret-of-test")


def signed(url: str, body: bytes, keys: Keys = KEYS, method: str = "POST") -> dict[str, str]:
    """Return the headers of a request that botocore signed."""
    request = AWSRequest(method, url, data=body, headers={"Host": urlsplit(url).netloc})
    SigV4Auth(Credentials(keys.access_key, keys.secret_key), "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/", "Forbidden"),
        ("POST", "/dev/gated", "Forbidden"),
        ("POST", "/prod/unknown", "Missing Authentication Token"),
        ("GET", "/prod/gated", "Missing Authentication Token"),
        ("GET", "/prod", "Missing Authentication Token"),
        ("GET", "/prod/../prod/gated", "Missing Authentication Token"),
        ("GET", "/prod/..%2f..%2fetc", "Missing Authentication Token"),
        ("GET", "//prod/gated", "Forbidden"),
    ],
)
def test_gateway_unknown_path_is_a_403_missing_authentication_token(
    method: str, path: str, message: str, serve: Serve, connect: Connect
) -> None:
    response = connect(serve({"POST /gated": GATED})).send(method, path)
    assert response.status == 403
    assert json.loads(response.read()) == {"message": message}


def test_gateway_iam_valid_signature_is_served(serve: Serve, connect: Connect, gate: Gate) -> None:
    serving = serve({"POST /gated": {**GATED, "authorization": "AWS_IAM"}}, access=Access(KEYS))
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"0", signed(f"{serving.url}/prod/gated", b"0"))
    gate.accept()
    assert client.answer().status == 200


def test_gateway_iam_missing_or_wrong_signature_reaches_no_function(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /gated": {**GATED, "authorization": "AWS_IAM"}}, access=Access(KEYS))
    url = f"{serving.url}/prod/gated"
    unsigned = connect(serving).send("POST", "/prod/gated", b"0")
    assert (unsigned.status, json.loads(unsigned.read())) == (
        403,
        {"message": "Missing Authentication Token"},
    )
    forged = connect(serving).send("POST", "/prod/gated", b"0", signed(url, b"0", Keys("test", "guess")))
    assert forged.status == 403
    assert forged.headers["x-amzn-ErrorType"] == "InvalidSignatureException"
    assert "does not match" in json.loads(forged.read())["message"]
    assert not [line for line in serving.log if "START" in line]
    assert not [line for line in serving.log if KEYS.secret_key in line]


def test_gateway_no_auth_needs_no_signature_and_logs_it(serve: Serve, connect: Connect, gate: Gate) -> None:
    serving = serve({"POST /gated": {**GATED, "authorization": "AWS_IAM"}}, access=Access(enforced=False))
    serving.logged("--no-auth: every authorizer is off")
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"0")
    gate.accept()
    assert client.answer().status == 200


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ({**GATED, "authorization": "CUSTOM"}, "authorization type CUSTOM is not supported locally"),
        ({**GATED, "authorization": "COGNITO_USER_POOLS"}, "authorization type COGNITO_USER_POOLS is not"),
        ({"integration": {"Type": "AWS", "Uri": "arn:x"}}, "AWS is not supported locally"),
        ({**GATED, "runtime": "java21"}, "java21 is not supported locally"),
        (
            {**GATED, "environment": {"A": "{{resolve:ssm:/a}}"}},
            "dynamic references are not supported locally",
        ),
    ],
)
def test_gateway_unsupported_route_is_logged_at_start_and_a_500(
    route: dict[str, object], reason: str, serve: Serve, connect: Connect
) -> None:
    serving = serve({"POST /x": route}, access=Access(KEYS))
    serving.logged("warning: POST /x")
    response = connect(serving).send("POST", "/prod/x")
    assert response.status == 500
    assert reason in json.loads(response.read())["message"]


def test_gateway_body_over_10_mb_is_a_413(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /gated": GATED}, limits=Limits(request_bytes=1000))
    assert Limits().request_bytes == 10 * 1024 * 1024
    declared = connect(serving).send("POST", "/prod/gated", b"x" * 1001)
    assert (declared.status, json.loads(declared.read())) == (413, {"message": "Request Too Long"})
    with socket.create_connection(serving.url.removeprefix("http://").split(":"), timeout=60) as raw:  # type: ignore[arg-type]
        raw.sendall(b"POST /prod/gated HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        raw.sendall(b"3e9\r\n" + b"x" * 1001 + b"\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("route", [{**GATED, "timeout": 300}, {**GATED, "timeout": 300, "mode": "BUFFERED"}])
def test_gateway_silent_function_is_a_504(route: dict[str, object], serve: Serve, connect: Connect) -> None:
    response = connect(serve({"POST /gated": route})).send("POST", "/prod/gated", b"1")
    assert response.status == 504
    assert json.loads(response.read()) == {"message": "Endpoint request timed out"}


def test_gateway_stream_paused_over_idle_timeout_is_cut(serve: Serve, connect: Connect, gate: Gate) -> None:
    assert Limits().idle_seconds == {"REGIONAL": 300, "PRIVATE": 300, "EDGE": 30}
    for idle in (0.5, 2.0, 8.0):  # a busy machine may take longer for the first chunk
        serving = serve({"POST /gated": GATED}, limits=Limits(idle_seconds={"REGIONAL": idle}))
        client = connect(serving)
        client.ask("POST", "/prod/gated", b"2")
        function = gate.accept()
        function.let_go()
        response = client.answer()
        if (first := response.readline()) == b"0\n":
            break
    assert first == b"0\n"
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    serving.logged("sent nothing in time")


CORS = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": "{ statusCode: 200 }"},
    "IntegrationResponses": [
        {
            "StatusCode": "204",
            "ResponseParameters": {
                "method.response.header.Access-Control-Allow-Origin": "'https://a.example'"
            },
        }
    ],
}


def test_gateway_preflight_is_answered_from_the_template(serve: Serve, connect: Connect) -> None:
    serving = serve(
        {"POST /gated": GATED, "OPTIONS /gated2": {"integration": CORS}},
        access=Access(KEYS),
        allow_origins=("https://a.example",),
    )
    response = connect(serving).send("OPTIONS", "/prod/gated2", headers={"Origin": "https://a.example"})
    assert (response.status, response.read()) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "https://a.example"


def test_gateway_error_has_headers_and_body_of_gateway_response(serve: Serve, connect: Connect) -> None:
    custom = {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "DEFAULT_4XX",
            "ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            "ResponseTemplates": {"application/json": '{"error":$context.error.messageString}'},
        },
    }
    serving = serve({"POST /gated": GATED}, Custom=custom)
    response = connect(serving).send("GET", "/prod/gated")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.read()) == {"error": "Missing Authentication Token"}


FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "status": "$context.status",
        "mode": "$context.integration.responseTransferMode",
        "headers": "$context.integration.timeToAllHeaders",
        "first": "$context.integration.timeToFirstContent",
        "latency": "$context.integration.latency",
        "length": "$context.responseLength",
        "agent": "$context.identity.userAgent",
        "path": "$context.resourcePath",
        "error": "$context.error.responseType",
        "failure": "$context.integration.error",
        "invocation": "$context.integration.requestId",
        "bogus": "$context.no.such",
    }
)
LOGGED = {"AccessLogSetting": {"Format": FORMAT, "DestinationArn": {"Fn::GetAtt": ["Logs", "Arn"]}}}


def test_gateway_access_log_has_the_values_of_a_stream(serve: Serve, connect: Connect, gate: Gate) -> None:
    serving = serve({"POST /gated": GATED}, stage=LOGGED)
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"2", {"User-Agent": 'quoted " agent'})
    function = gate.accept()
    function.let_go()
    response = client.answer()
    assert response.readline() == b"0\n"
    # no line before the stream has ended
    assert serving.access_log == []
    function.let_go()
    response.read()
    line = json.loads(serving.access_logged())
    assert line["id"] == response.headers["x-amzn-RequestId"]
    assert (line["status"], line["mode"], line["length"], line["path"]) == ("200", "STREAM", "4", "/gated")
    assert 0 < int(line["headers"]) <= int(line["first"]) <= int(line["latency"])
    assert line["agent"] == 'quoted " agent'
    assert (line["error"], line["failure"], line["bogus"]) == ("-", "-", "-")
    serving.logged(f"START RequestId: {line['invocation']}")


def test_gateway_access_log_has_the_error_of_a_failed_request(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /fails": {"handler": "handlers.fails", "mode": "BUFFERED"}}, stage=LOGGED)
    connect(serving).send("GET", "/prod/fails").read()
    missing = json.loads(serving.access_logged("MISSING_AUTHENTICATION_TOKEN"))
    assert (missing["status"], missing["mode"]) == ("403", "-")
    connect(serving).send("POST", "/prod/fails").read()
    failed = json.loads(serving.access_logged("Runtime.Unknown"))
    assert (failed["status"], failed["mode"], failed["first"]) == ("502", "BUFFERED", "-")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("Root=1-67891233-abcdef012345678912345678", True), ("t\xf6 long", False), ("x" * 300, False)],
)
def test_gateway_trace_id_is_kept_if_valid(sent: str, kept: bool, serve: Serve, connect: Connect) -> None:
    response = connect(serve({"POST /gated": GATED})).send(
        "GET", "/prod/x", headers={"X-Amzn-Trace-Id": sent}
    )
    trace_id = response.headers["X-Amzn-Trace-Id"]
    assert trace_id.startswith("Root=1-")
    assert (trace_id == sent) is kept


def test_gateway_two_apis_with_one_stage_are_chosen_by_host_or_path(serve: Serve, connect: Connect) -> None:
    resources: dict[str, object] = {
        "Other": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Other"}},
        "OtherStage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Other"}, "StageName": "prod"},
        },
        "OtherMethod": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Other"},
                "ResourceId": {"Fn::GetAtt": ["Other", "RootResourceId"]},
                "HttpMethod": "GET",
                "Integration": integration("Function0", {"mode": "BUFFERED"}),
            },
        },
    }
    route = {"handler": "handlers.echo", "mode": "BUFFERED", "authorization": "AWS_IAM"}
    serving = serve({"GET /x": route}, access=Access(KEYS), **resources)
    one, other = [api.id for api in serving.application.apis]
    assert connect(serving).send("GET", "/prod").status == 403
    said = serving.logged("several APIs have a stage prod: ")
    assert f"Api is at /_aws/execute-api/{one}/prod, Other is at /_aws/execute-api/{other}/prod" in said
    host = {"Host": f"{other}.execute-api.us-east-1.amazonaws.com"}
    event = json.loads(connect(serving).send("GET", "/prod", headers=host).read())["event"]
    assert event["requestContext"]["apiId"] == other
    path = f"/_aws/execute-api/{one}/prod/x"
    headers = signed(serving.url + path, b"", method="GET")
    event = json.loads(connect(serving).send("GET", path, headers=headers).read())["event"]
    assert (event["path"], event["requestContext"]["path"]) == ("/x", "/prod/x")
    assert event["requestContext"]["apiId"] == one


def test_gateway_malformed_request_is_a_400_and_the_next_is_served(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /gated": GATED})
    host, port = serving.url.removeprefix("http://").split(":")
    for garbage in (b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
        with socket.create_connection((host, int(port)), timeout=60) as raw:
            raw.sendall(garbage)
            assert raw.recv(4096).startswith(b"HTTP/1.")
    assert connect(serving).send("GET", "/prod/gated").status == 403
