"""What is on the wire for responses and requests that are out of the ordinary."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

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
def test_a_response_that_cannot_be_sent_is_a_500_of_api_gateway(
    metadata: object, serve: Serve, connect: Connect
) -> None:
    serving = serve(RAW)
    response = connect(serving).send("GET", "/prod/raw", streamed(metadata, b"body"))
    assert (response.status, response.read()) == (500, b'{"message":"Internal server error"}')
    assert not [line for line in serving.log if "Traceback" in line]


@pytest.mark.parametrize("host", ["x:port", "x:99999", "[::1"])
def test_a_host_that_is_none_is_a_400(host: str, serve: Serve, connect: Connect) -> None:
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
def test_a_response_without_a_body_leaves_the_connection_to_the_next_one(
    method: str, metadata: dict[str, object], serve: Serve, connect: Connect
) -> None:
    client = connect(serve(RAW))
    for _ in range(2):
        response = client.send(method, "/prod/raw", streamed(metadata, b"extra"))
        assert (response.status, response.read()) == (metadata["statusCode"], b"")
