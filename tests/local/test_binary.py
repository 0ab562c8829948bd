"""Bodies that are bytes: what reaches an application and a bundled function, and the MOCK beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.local.conftest import Serve
from tests.local.serving import ROOT, Client, Serving

Connect = Callable[[Serving], Client]
BYTES = bytes(range(256))
TYPES = {"binary": {"Content-Type": "application/octet-stream"}, "text": {"Content-Type": "application/json"}}
ROUTES = {
    "POST /asgi": {"handler": "applications.with_asgi"},
    "POST /wsgi": {"handler": "applications.with_wsgi"},
}
MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 204}'},
    "IntegrationResponses": [{"StatusCode": "204"}],
}


def api(*media_types: str) -> dict[str, object]:
    """Return an API with binary media types."""
    properties = {"Name": "Api", "BinaryMediaTypes": list(media_types)}
    return {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}


def told(body: bytes) -> bytes:
    """Return what the applications tell of a body."""
    return f"{len(body)} {len(body)} {hashlib.sha256(body).hexdigest()}".encode()


@pytest.mark.parametrize("path", ["asgi", "wsgi"])
def test_binary_body_reaches_an_application_byte_by_byte(path: str, serve: Serve, connect: Connect) -> None:
    serving = serve(ROUTES, Api=api("application/octet-stream"))
    response = connect(serving).send("POST", f"/prod/{path}", BYTES, TYPES["binary"])
    assert (response.status, response.read()) == (200, told(BYTES))


@pytest.mark.parametrize("path", ["asgi", "wsgi"])
def test_binary_body_without_its_media_type_is_damaged_as_by_api_gateway(
    path: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(ROUTES, Api=api("image/png"))
    response = connect(serving).send("POST", f"/prod/{path}", BYTES, TYPES["binary"])
    assert response.read() == told(BYTES.decode("utf-8", "replace").encode())


@pytest.mark.parametrize(("handling", "status"), [(None, 500), ("CONVERT_TO_TEXT", 204)])
def test_binary_media_types_for_everything_break_a_mock_without_content_handling(
    handling: str | None, status: int, serve: Serve, connect: Connect
) -> None:
    mock = MOCK | ({"ContentHandling": handling} if handling else {})
    serving = serve({**ROUTES, "OPTIONS /preflight": {"integration": mock}}, Api=api("*/*"))
    response = connect(serving).send("OPTIONS", "/prod/preflight")
    assert response.status == status
    text = response.read()
    assert status == 204 or json.loads(text) == {"message": "Internal server error"}


@pytest.mark.parametrize("media_type", TYPES)
def test_binary_body_of_a_bundled_function_is_decoded(
    media_type: str, serve: Serve, connect: Connect
) -> None:
    code = {"code": str(ROOT / "lambda_src")}
    routes = {
        "POST /probe": {"handler": "probe.handler.handler", **code},
        "POST /chat": {
            "handler": "chat.handler.handler",
            **code,
            "environment": {"BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0"},
        },
    }
    serving = serve(routes, Api=api("*/*"))
    probe = connect(serving).send("POST", "/prod/probe", b'{"gaps_ms":[0]}', TYPES[media_type])
    assert b"event" in probe.read()
    assert probe.status == 200
    # the words are those of a body that was read
    chat = connect(serving).send("POST", "/prod/chat", b'{"prompt":7}', TYPES[media_type])
    assert chat.status == 400
    assert b"prompt" in chat.read()
