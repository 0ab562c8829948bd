"""Events that a function may get, with the request that each is, or the words that refuse it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
BINARY = bytes(range(256))


@dataclass(frozen=True)
class Read:
    """A request as an application gets it.

    :param path: decoded, below ``root``
    :param headers: all of them
    """

    method: str = "GET"
    path: str = "/orders"
    root: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    client: str | None = None
    scheme: str = "https"
    server: tuple[str, int] = ("localhost", 443)


def rest(path: str | None = "/orders", /, **more: Any) -> Event:  # noqa: ANN401
    """Return an event of a REST API."""
    return {"httpMethod": "GET", "path": path, "headers": None, "multiValueHeaders": None, **more}


def version_2(path: str = "/orders", /, method: str = "GET", **more: Any) -> Event:  # noqa: ANN401
    """Return an event of an HTTP API."""
    context = {"http": {"method": method, "path": path, "sourceIp": "192.0.2.7"}, "stage": "$default"}
    context |= more.pop("context", {})
    return {"version": "2.0", "routeKey": "$default", "rawPath": path, "requestContext": context, **more}


def function_url(path: str = "/orders", /, method: str = "GET", **more: Any) -> Event:  # noqa: ANN401
    """Return an event of a function URL."""
    return version_2(path, method, context={"domainName": "abc.lambda-url.eu-west-1.on.aws"}, **more)


CLIENT = "192.0.2.7"
URL = ("abc.lambda-url.eu-west-1.on.aws", 443)
RECORDS = "expected a request .* got records of aws:{}"
READ: dict[str, tuple[Event, Read]] = {
    "REST, nulls everywhere": (
        rest(
            multiValueQueryStringParameters=None,
            queryStringParameters=None,
            pathParameters=None,
            requestContext=None,
            body=None,
            isBase64Encoded=None,
        ),
        Read(),
    ),
    "REST, no headers at all": ({"httpMethod": "PATCH", "path": "/orders"}, Read("PATCH")),
    "REST, an empty path": (rest(""), Read(path="/")),
    "REST, single headers only": (rest(headers={"X-A": "1"}), Read(headers=(("x-a", "1"),))),
    "REST, a header that is null": (rest(headers={"X-A": None, "X-B": "2"}), Read(headers=(("x-b", "2"),))),
    "REST, a header twice": (
        rest(multiValueHeaders={"X-A": ["1", "2"]}),
        Read(headers=(("x-a", "1"), ("x-a", "2"))),
    ),
    "REST, query twice and encoded": (
        rest(multiValueQueryStringParameters={"a": ["1", "x y&z"], "b": [""]}),
        Read(query="a=1&a=x+y%26z&b="),
    ),
    "REST, single query only": (rest(queryStringParameters={"ü": "1"}), Read(query="%C3%BC=1")),
    "REST, text body": (
        rest(body="é", httpMethod="POST"),
        Read("POST", body="é".encode(), headers=(("content-length", "2"),)),
    ),
    "REST, binary body": (
        rest(body=b64encode(BINARY).decode(), isBase64Encoded=True, httpMethod="PUT"),
        Read("PUT", body=BINARY, headers=(("content-length", "256"),)),
    ),
    "REST, a length that is not the body's": (
        rest(body="ab", headers={"Content-Length": "7", "Transfer-Encoding": "chunked"}),
        Read(body=b"ab", headers=(("content-length", "2"),)),
    ),
    "REST, a length without a body": (
        rest(headers={"Content-Length": "7"}),
        Read(headers=(("content-length", "0"),)),
    ),
    "REST, an encoded path": (rest("/caf%C3%A9/a%20b"), Read(path="/café/a b")),
    "REST, an encoded percent sign": (rest("/100%25"), Read(path="/100%")),
    "REST, an encoded slash": (rest("/a%2Fb"), Read(path="/a/b")),
    "REST, an unencoded path": (rest("/漢"), Read(path="/漢")),
    "REST, the stage in the context": (
        rest(requestContext={"path": "/prod/orders"}),
        Read(root="/prod"),
    ),
    "REST, the stage alone": (rest("/", requestContext={"path": "/prod"}), Read(path="/", root="/prod")),
    "REST, the stage as a segment": (
        rest("/prod", requestContext={"path": "/prod/prod"}),
        Read(path="/prod", root="/prod"),
    ),
    "REST, base path of a custom domain": (
        rest(
            "/v1/orders/7",
            resource="/orders/{id}",
            pathParameters={"id": "7"},
            requestContext={"path": "/v1/orders/7"},
        ),
        Read(path="/orders/7", root="/v1"),
    ),
    "REST, a base path of two segments and a greedy resource": (
        rest("/shop/v1/a/b%20c", resource="/{proxy+}", pathParameters={"proxy": "a/b c"}),
        Read(path="/a/b c", root="/shop/v1"),
    ),
    "REST, a base path alone": (rest("/v1", resource="/"), Read(path="/", root="/v1")),
    "REST, the sample event of the console": (
        rest(
            "/path/to/resource",
            resource="/{proxy+}",
            httpMethod="POST",
            body="eyJ0ZXN0IjoiYm9keSJ9",
            isBase64Encoded=True,
            pathParameters={"proxy": "/path/to/resource"},
            requestContext={"path": "/prod/path/to/resource", "identity": {"sourceIp": "127.0.0.1"}},
        ),
        Read(
            "POST",
            "/path/to/resource",
            "/prod",
            headers=(("content-length", "15"),),
            body=b'{"test":"body"}',
            client="127.0.0.1",
        ),
    ),
    "REST, the test of a method": (
        rest(
            requestContext={
                "path": "/orders",
                "stage": "test-invoke-stage",
                "domainName": "testPrefix.testDomainName",
                "identity": {"sourceIp": None},
            }
        ),
        Read(server=("testPrefix.testDomainName", 443)),
    ),
    "REST, a host of IPv6": (
        rest(headers={"Host": "[::1]:80"}),
        Read(headers=(("host", "[::1]:80"),), server=("::1", 80)),
    ),
    "REST, a host of IPv6 without a port": (
        rest(headers={"Host": "[2001:db8::1]", "X-Forwarded-Proto": "http"}),
        Read(
            headers=(("host", "[2001:db8::1]"), ("x-forwarded-proto", "http")),
            server=("2001:db8::1", 80),
            scheme="http",
        ),
    ),
    "REST, the last port": (
        rest(headers={"Host": "a.example:65535"}),
        Read(headers=(("host", "a.example:65535"),), server=("a.example", 65535)),
    ),
    "REST, the first port that is none": (
        rest(headers={"Host": "a.example:65536"}),
        Read(headers=(("host", "a.example:65536"),), server=("a.example", 443)),
    ),
    "REST, a port that is none": (
        rest(headers={"Host": "a.example:99999"}),
        Read(headers=(("host", "a.example:99999"),), server=("a.example", 443)),
    ),
    "REST, a host that is none": (
        rest(headers={"Host": "a:b:c"}),
        Read(headers=(("host", "a:b:c"),), server=("a:b:c", 443)),
    ),
    "REST, a client of IPv6": (
        rest(requestContext={"identity": {"sourceIp": "2001:db8::7"}}),
        Read(client="2001:db8::7"),
    ),
    "REST, encodings that nobody can have": (
        rest(headers={"Accept-Encoding": "gzip", "X-A": "é漢"}),
        Read(headers=(("x-a", "é漢".encode().decode("latin-1")),)),
    ),
    "HTTP API 1.0, a decoded path": (
        rest("/a b/100%41", version="1.0", resource="$default"),
        Read(path="/a b/100%41"),
    ),
    "HTTP API 1.0, a stage": (
        rest("/dev/orders", version="1.0", resource="/orders", requestContext={"path": "/dev/orders"}),
        Read(root="/dev"),
    ),
    "HTTP API 2.0": (
        version_2("/orders/7", "DELETE", rawQueryString="a=1&b=%26&b="),
        Read("DELETE", "/orders/7", query="a=1&b=%26&b=", client=CLIENT),
    ),
    "HTTP API 2.0, a decoded path": (version_2("/a b/100%41/ü"), Read(path="/a b/100%41/ü", client=CLIENT)),
    "HTTP API 2.0, cookies": (
        version_2(cookies=["a=1", "b=2"], headers={"x-a": "1,2"}),
        Read(headers=(("x-a", "1,2"), ("cookie", "a=1; b=2")), client=CLIENT),
    ),
    "HTTP API 2.0, a stage": (
        version_2("/dev/orders", context={"stage": "dev"}),
        Read(root="/dev", client=CLIENT),
    ),
    "HTTP API 2.0, a stage and a route": (
        version_2(
            "/dev/orders/7",
            routeKey="GET /orders/{id}",
            pathParameters={"id": "7"},
            context={"stage": "dev"},
        ),
        Read(path="/orders/7", root="/dev", client=CLIENT),
    ),
    "HTTP API 2.0, base64 of text": (
        version_2("/orders", "POST", body="YWI=", isBase64Encoded=True, headers={"content-length": "2"}),
        Read("POST", body=b"ab", headers=(("content-length", "2"),), client=CLIENT),
    ),
    "function URL": (
        function_url("/caf%C3%A9/a%2Fb", "POST", rawQueryString="q=%20", body="x"),
        Read(
            "POST",
            "/café/a/b",
            query="q=%20",
            headers=(("content-length", "1"),),
            body=b"x",
            client=CLIENT,
            server=URL,
        ),
    ),
    "function URL, binary body": (
        function_url("/", "POST", body=b64encode(BINARY).decode(), isBase64Encoded=True),
        Read("POST", "/", headers=(("content-length", "256"),), body=BINARY, client=CLIENT, server=URL),
    ),
    "function URL, the name of its stage in the path": (
        function_url("/$default/a"),
        Read(path="/$default/a", client=CLIENT, server=URL),
    ),
    "function URL, a host and cookies twice": (
        function_url(cookies=["a=1"], headers={"host": "a.example", "cookie": "a=1"}),
        Read(headers=(("host", "a.example"), ("cookie", "a=1")), client=CLIENT, server=("a.example", 443)),
    ),
}
REFUSED: dict[str, tuple[object, str]] = {
    "the sample event hello-world": ({"key1": "1", "key2": "2", "key3": "3"}, "with 'key1', 'key2', 'key3'$"),
    "many keys": (dict.fromkeys("abcdefgh"), "with 'a', 'b', 'c', 'd', 'e' and more$"),
    "nothing": ({}, "got an empty event"),
    "a list": ([1], "got a list"),
    "a string": ("ping", "got a str"),
    "a method without a path": ({"httpMethod": "GET"}, "got an event with 'httpMethod'"),
    "a load balancer": (rest(requestContext={"elb": {"targetGroupArn": "a"}}), "load balancer, which cannot"),
    "SQS": ({"Records": [{"eventSource": "aws:sqs", "body": "x"}]}, RECORDS.format("sqs")),
    "SNS": ({"Records": [{"EventSource": "aws:sns"}]}, RECORDS.format("sns")),
    "S3": ({"Records": [{"eventSource": "aws:s3"}]}, RECORDS.format("s3")),
    "CloudFront": ({"Records": [{"cf": {}}]}, "one of CloudFront"),
    "EventBridge": ({"detail-type": "Scheduled Event", "source": "aws.events"}, "an event of aws.events"),
    "WebSocket": ({"requestContext": {"connectionId": "a=", "eventType": "CONNECT"}}, "a WebSocket API"),
    "VPC Lattice": (
        {"version": "2.0", "path": "/", "method": "GET", "requestContext": {"serviceNetworkArn": "a"}},
        "VPC Lattice",
    ),
    "an authorizer": ({"type": "TOKEN", "methodArn": "a"}, "an API's authorizer"),
    "a request authorizer": (
        {"type": "REQUEST", "methodArn": "a", "httpMethod": "GET", "path": "/"},
        "an API's authorizer",
    ),
    "a body that is an object": (rest(body={"a": 1}), "must be a string and a boolean, got dict and bool"),
    "a flag that is text": (rest(body="YQ==", isBase64Encoded="false"), "got str and str"),
    "a body that is not base64": (rest(body="a", isBase64Encoded=True), "not the base64"),
    "a header that is a number": (rest(headers={"X-A": 1}), "header 'X-A' of the event must be a string"),
    "headers that are a list": (rest(headers=["X-A"]), "headers of the event must be an object, got list"),
    "a query that is a number": (rest(queryStringParameters={"a": 1}), "query parameter 'a'"),
    "a path that is null": (rest(None), "path of the event must be a string, got NoneType"),
    "a method that is null": (rest(httpMethod=None), "httpMethod of the event must be a string"),
    "version 2.0 without a method": (
        {"rawPath": "/", "requestContext": {"http": {}}},
        "method of the event must be a string",
    ),
    "cookies that are a string": (version_2(cookies="a=1"), "cookies of the event must be a list, got str"),
}
