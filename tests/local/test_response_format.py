"""Hold functions that stream in a wrong format to what API Gateway answers for them."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.local.conftest import Serve
from tests.local.test_streaming import Connect
from tests.unit.streaming_api_tools.client.malformed_metadata import MALFORMED


@pytest.mark.parametrize(
    ("wire", "logged"),
    [
        (b"", "ended after 0 bytes without a delimiter"),
        (b"no prelude at all", "ended after 17 bytes without a delimiter"),
        (b'{"statusCode":"x"}' + bytes(8) + b"body", "statusCode must be"),
        (b"x" * 20000, "no delimiter of 8 NUL bytes in the first 16384 bytes"),
    ],
)
def test_a_stream_in_a_wrong_format_is_a_500(
    wire: bytes, logged: str, serve: Serve, connect: Connect
) -> None:
    serving = serve({"POST /raw": {"handler": "handlers.raw"}})
    response = connect(serving).send("POST", "/prod/raw", wire.hex())
    assert response.status == 500
    assert json.loads(response.read()) == {"message": "Internal server error"}
    serving.logged(logged)


@pytest.mark.parametrize("name", MALFORMED)
def test_gateway_refuses_malformed_metadata_as_smoke_does(name: str, serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /raw": {"handler": "handlers.raw"}})
    assert connect(serving).send("POST", "/prod/raw", MALFORMED[name].hex()).status == 500
    serving.logged("answered in a wrong format")


def test_a_body_that_is_shorter_than_its_content_length_is_cut(serve: Serve, connect: Connect) -> None:
    wire = b'{"headers":{"Content-Length":"10"}}' + bytes(8) + b"short"
    response = connect(serve({"POST /raw": {"handler": "handlers.raw"}})).send(
        "POST", "/prod/raw", wire.hex()
    )
    with pytest.raises(http.client.IncompleteRead) as error:
        response.read()
    assert error.value.partial == b"short"
