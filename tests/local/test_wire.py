"""What is on the wire for responses and requests that are out of the ordinary."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.gateway.integrations.lambda_proxy import MAX_EVENT
from streaming_api_tools.local.http.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.serving import Client, Serving

Connect = Callable[[Serving], Client]
RAW = {"ANY /raw": {"handler": "handlers.raw"}}


def streamed(metadata: object, body: bytes = b"") -> bytes:
    """Return what makes the function stream a response, in hex."""
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    return (text + bytes(8) + body).hex().encode()


@pytest.mark.parametrize(
    "metadata",
    [b"[" * 16_000, {"headers": {"Content-Length": "many"}}, {"headers": {"a: b": "c"}}],
    ids=["nested", "length", "name"],
)
def test_wire_invalid_response_headers_are_a_502(metadata: object, serve: Serve, connect: Connect) -> None:
    serving = serve(RAW)
    response = connect(serving).send("GET", "/prod/raw", streamed(metadata, b"body"))
    assert (response.status, response.read()) == (502, b'{"message":"Internal server error"}')
    assert not [line for line in serving.log if "Traceback" in line]


@pytest.mark.parametrize("host", ["x:port", "x:99999", "[::1"])
def test_wire_invalid_host_header_is_a_400(host: str, serve: Serve, connect: Connect) -> None:
    serving = serve(RAW)
    assert connect(serving).send("GET", "/prod/raw", headers={"Host": host}).status == 400
    assert not [line for line in serving.log if "Traceback" in line]


@pytest.mark.parametrize(
    ("method", "metadata"),
    [
        ("GET", {"statusCode": 204}),
        ("GET", {"statusCode": 304}),
        ("HEAD", {"statusCode": 200}),
        ("HEAD", {"statusCode": 200, "headers": {"Content-Length": "5"}}),
    ],
)
def test_wire_response_without_body_keeps_the_connection(
    method: str, metadata: dict[str, object], serve: Serve, connect: Connect
) -> None:
    client = connect(serve(RAW))
    for _ in range(2):
        response = client.send(method, "/prod/raw", streamed(metadata, b"extra"))
        assert (response.status, response.read()) == (metadata["statusCode"], b"")


def compressed(coding: str, body: bytes) -> bytes:
    return gzip.compress(body, mtime=0) if coding == "gzip" else zlib.compress(body)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_wire_compressed_request_is_verified_as_sent_and_decompressed(
    coding: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(
        {"POST /echo": {"handler": "handlers.echo", "mode": "BUFFERED", "authorization": "AWS_IAM"}},
        access=Access(Keys("AKID", "secret")),
    )
    request = AWSRequest(
        "POST",
        f"{serving.url}/prod/echo",
        data=compressed(coding, b"hello"),
        headers={"Content-Encoding": coding, "Host": urlsplit(serving.url).netloc},
    )
    SigV4Auth(Credentials("AKID", "secret"), "execute-api", "us-east-1").add_auth(request)
    response = connect(serving).send("POST", "/prod/echo", request.data, dict(request.headers))
    event = json.loads(response.read())["event"]
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    assert "Content-Encoding" not in event["headers"]


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", b"hello", 415),
        ("gzip", gzip.compress(b"hello", mtime=0)[:-1], 415),
        ("deflate", gzip.compress(b"hello", mtime=0), 415),
        ("br", b"hello", 415),
        ("gzip", gzip.compress(bytes(10 * 1024 * 1024 + 1)), 413),
    ],
)
def test_wire_wrong_content_encoding_is_a_415(
    coding: str, body: bytes, status: int, serve: Serve, connect: Connect
) -> None:
    serving = serve(RAW)
    response = connect(serving).send("POST", "/prod/raw", body, {"Content-Encoding": coding})
    assert response.status == status
    assert json.loads(response.read()).keys() == {"message"}
    assert not [line for line in serving.log if "Traceback" in line or "START" in line]


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_wire_upgrade_request_is_served_and_the_connection_closed(
    protocol: str, serve: Serve, connect: Connect
) -> None:
    client = connect(serve(RAW))
    headers = {"Connection": "Upgrade", "Upgrade": protocol}
    for _ in range(2):
        response = client.send("POST", "/prod/raw", streamed({}, b"body"), headers)
        assert (response.status, response.headers["Connection"]) == (200, "close")
        assert response.read() == b"body"


def test_wire_event_over_6_mb_is_a_413_and_reaches_no_function(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /floods": {"handler": "handlers.floods"}})
    response = connect(serving).send("POST", "/prod/floods", b"x" * MAX_EVENT)
    assert (response.status, response.read()) == (413, b'{"message":"Request Too Long"}')
    assert "a function takes 6291456 at most" in serving.logged("413")
    assert not [line for line in serving.log if "START" in line]


def test_wire_buffered_response_over_6_mb_is_a_502(serve: Serve, connect: Connect) -> None:
    routes = {"GET /endless": {"handler": "robust.endless", "mode": "BUFFERED"}}
    serving = serve(routes, limits=NO_LIMITS)
    assert connect(serving).send("GET", "/prod/endless").status == 502
    serving.logged("Function.ResponseSizeTooLarge")


def test_wire_semicolon_splits_the_query_string(serve: Serve, connect: Connect) -> None:
    serving = serve({"GET /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}})
    response = connect(serving).send("GET", "/prod/echo?a=1;b=2&b=3%3B")
    event = json.loads(response.read())["event"]
    assert event["queryStringParameters"] == {"a": "1", "b": "3;"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1"], "b": ["2", "3;"]}


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 431)])
@pytest.mark.parametrize("place", ["query", "one header", "many headers"])
def test_wire_request_line_and_headers_are_limited_to_10240_bytes(
    place: str, extra: int, status: int, serve: Serve, connect: Connect
) -> None:
    serving = serve({"GET /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}})
    # what is sent in any case, and "identity" of http.client
    rest = len("GET /prod/echo? HTTP/1.1") + len(urlsplit(serving.url).netloc) + len("identity") + len("0")
    size = 10_240 - rest + extra
    query = "x" * size if place == "query" else ""
    headers = {"X-A": "a" * size} if place == "one header" else {}
    if place == "many headers":
        headers = {f"X-{n}": "a" * 100 for n in range(size // 100)} | {"X-Rest": "a" * (size % 100)}
    assert connect(serving).send("GET", f"/prod/echo?{query}", b"", headers).status == status


def test_wire_broken_off_request_is_one_line_of_the_log(serve: Serve, connect: Connect) -> None:
    serving = serve(RAW)
    address = urlsplit(serving.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as raw:
        raw.sendall(b"POST /prod/raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nhalf")
    serving.logged("a client disconnected before its request was whole")
    assert not [line for line in serving.log if "Traceback" in line or "START" in line]


def test_wire_gateway_may_be_the_http_proxy_for_the_host_of_an_api(serve: Serve, connect: Connect) -> None:
    serving = serve({"GET /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}})
    host = f"{serving.application.apis[0].id}.execute-api.us-east-1.amazonaws.com"
    response = connect(serving).send("GET", f"http://{host}/prod/echo?a=b")
    event = json.loads(response.read())["event"]
    assert (event["path"], event["queryStringParameters"]) == ("/echo", {"a": "b"})
    assert event["requestContext"]["domainName"] == host
