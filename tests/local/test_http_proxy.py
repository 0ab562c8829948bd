"""HTTP proxy integrations, with the test itself as the server behind them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from streaming_api_tools.local.http.limits import Limits
from tests.local.conftest import Serve
from tests.local.serving import PATIENCE, Client, Serving

Connect = Callable[[Serving], Client]
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nX-Own: 1\r\nServer: mine\r\n\r\n"


class Backend:
    """A server that answers when, and with what, the test says."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._connection: socket.socket | None = None
        host, port = self._listener.getsockname()
        self.netloc = f"{host}:{port}"

    def accept(self, body: bytes = b"") -> tuple[str, dict[str, str]]:
        """Wait for a request with a body and return its first line and its headers."""
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(PATIENCE)
        received = b""
        while not received.endswith(b"\r\n\r\n" + body):
            received += self._connection.recv(65536)
        first, *lines = received.removesuffix(body).decode().strip().split("\r\n")
        return first, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def send(self, data: bytes) -> None:
        """Send bytes of the response."""
        assert self._connection
        self._connection.sendall(data)

    def chunk(self, data: bytes) -> None:
        """Send a chunk of the body."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def release(self) -> socket.socket:
        """Return the connection, which stays open."""
        assert self._connection
        connection, self._connection = self._connection, None
        return connection

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()

    def close(self) -> None:
        """Close everything."""
        self.hang_up()
        self._listener.close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Yield a server."""
    backend = Backend()
    yield backend
    backend.close()


def http_proxy(uri: str, **more: object) -> dict[str, object]:
    integration = {
        "Type": "HTTP_PROXY",
        "IntegrationHttpMethod": "ANY",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 900000,
        "Uri": uri,
        **more,
    }
    return {"integration": integration}


def test_http_proxy_status_waits_for_the_head_and_each_chunk_passes_at_once(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    client = connect(serve({"POST /x": http_proxy(f"http://{backend.netloc}/y")}))
    client.ask("POST", "/prod/x?a=1", b"hello", {"Content-Type": "text/plain"})
    first, headers = backend.accept(b"hello")
    assert first == "POST /y?a=1 HTTP/1.1"
    assert (headers["content-type"], headers["host"]) == ("text/plain", backend.netloc)
    assert headers["x-amzn-trace-id"].startswith("Root=1-")
    backend.send(CHUNKED)
    response = client.answer()
    assert (response.status, response.headers["X-Own"]) == (201, "1")
    assert response.headers["x-amzn-Remapped-Server"] == "mine"
    for line in (b"one\n", b"two\n"):
        backend.chunk(line)
        assert response.readline() == line
    backend.send(b"0\r\n\r\n")
    assert response.read() == b""


def test_http_proxy_more_streams_than_a_connection_pool_run_at_once(serve: Serve, backend: Backend) -> None:
    """A client of aiohttp has 100 connections unless it is told otherwise, and the others wait."""
    gateway = serve({"GET /x": http_proxy(f"http://{backend.netloc}/y")})
    with ExitStack() as open_streams:
        clients = [open_streams.enter_context(Client(gateway.url)) for _ in range(101)]
        for client in clients:
            client.ask("GET", "/prod/x")
            backend.accept()
            open_streams.callback(backend.release().close)


@pytest.mark.parametrize("mode", ["STREAM", "BUFFERED"])
def test_http_proxy_response_without_content_type_gets_the_default(
    mode: str, serve: Serve, connect: Connect, backend: Backend
) -> None:
    route = http_proxy(f"http://{backend.netloc}/y", ResponseTransferMode=mode)
    client = connect(serve({"GET /x": route}))
    client.ask("GET", "/prod/x")
    backend.accept()
    backend.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    response = client.answer()
    assert (response.headers["Content-Type"], response.read()) == ("application/json", b"ok")


def test_http_proxy_head_response_keeps_its_content_length(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    client = connect(serve({"ANY /x": http_proxy(f"http://{backend.netloc}/y")}))
    for _ in range(2):
        client.ask("HEAD", "/prod/x")
        backend.accept()
        backend.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
        response = client.answer()
        assert (response.headers["Content-Length"], response.read()) == ("2", b"")
        backend.hang_up()


def test_http_proxy_parameters_are_mapped_into_path_query_and_headers(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    parameters = {
        "integration.request.path.rest": "method.request.path.proxy",
        "integration.request.querystring.who": "method.request.header.X-Who",
        "integration.request.querystring.gone": "method.request.querystring.gone",
        "integration.request.header.X-Stage": "context.stage",
        "integration.request.header.X-Color": "stageVariables.color",
        "integration.request.header.X-Fixed": "'fixed'",
    }
    route = http_proxy(f"http://{backend.netloc}/v1/{{rest}}", RequestParameters=parameters)
    route["integration"]["IntegrationHttpMethod"] = "PUT"  # type: ignore[index]
    serving = serve({"ANY /docs/{proxy+}": route}, stage={"Variables": {"color": "blue"}})
    client = connect(serving)
    client.ask("POST", "/prod/docs/a%20b/c?q=%2F&who=old", headers={"X-Who": "me & you"})
    first, headers = backend.accept()
    assert first == "PUT /v1/a%20b/c?q=%2F&who=me%20%26%20you HTTP/1.1"
    assert (headers["x-stage"], headers["x-color"], headers["x-fixed"]) == ("prod", "blue", "fixed")
    backend.send(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert client.answer().status == 204


def test_http_proxy_vpc_link_reaches_the_backend_option_of_its_host(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    route = http_proxy("http://svc.internal/stream", ConnectionType="VPC_LINK", ConnectionId="vl-1")
    client = connect(serve({"GET /x": route}, backends={"svc.internal": f"http://{backend.netloc}"}))
    client.ask("GET", "/prod/x")
    first, headers = backend.accept()
    assert (first, headers["host"]) == ("GET /stream HTTP/1.1", "svc.internal")
    backend.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")
    response = client.answer()
    assert (response.headers["Content-Encoding"], response.read()) == ("gzip", b"\x1f\x8b")


def test_http_proxy_buffered_integration_waits_for_the_end(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    route = http_proxy(f"http://{backend.netloc}/", ResponseTransferMode="BUFFERED")
    client = connect(serve({"GET /x": route}))
    client.ask("GET", "/prod/x")
    backend.accept()
    backend.send(CHUNKED)
    backend.chunk(b"one")
    backend.chunk(b"two")
    backend.send(b"0\r\n\r\n")
    response = client.answer()
    assert (response.status, response.headers["Content-Length"], response.read()) == (201, "6", b"onetwo")


def test_http_proxy_broken_backend_cuts_the_response(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    serving = serve({"GET /x": http_proxy(f"http://{backend.netloc}/")})
    client = connect(serving)
    client.ask("GET", "/prod/x")
    backend.accept()
    backend.send(CHUNKED)
    backend.chunk(b"one\n")
    response = client.answer()
    assert response.readline() == b"one\n"
    backend.hang_up()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    serving.logged("the response was cut")


def test_http_proxy_unreachable_backend_is_a_504(serve: Serve, connect: Connect, backend: Backend) -> None:
    serving = serve({"GET /x": http_proxy(f"http://{backend.netloc}/")})
    backend.close()
    response = connect(serving).send("GET", "/prod/x")
    assert response.status == 504
    assert json.loads(response.read()) == {"message": "Network error communicating with endpoint"}


@pytest.mark.parametrize("limits", [Limits(idle_seconds={"REGIONAL": 0.2}), None])
def test_http_proxy_silent_backend_is_a_504(
    limits: Limits | None, serve: Serve, connect: Connect, backend: Backend
) -> None:
    route = http_proxy(f"http://{backend.netloc}/", TimeoutInMillis=60000 if limits else 200)
    client = connect(serve({"GET /x": route}, limits=limits))
    response = client.send("GET", "/prod/x")
    assert response.status == 504
    assert json.loads(response.read()) == {"message": "Endpoint request timed out"}


def test_http_proxy_access_log_has_the_status_of_the_backend(
    serve: Serve, connect: Connect, backend: Backend
) -> None:
    form = {"AccessLogSetting": {"Format": "$context.integration.integrationStatus $context.status"}}
    serving = serve({"GET /x": http_proxy(f"http://{backend.netloc}/")}, stage=form)
    client = connect(serving)
    client.ask("GET", "/prod/x")
    backend.accept()
    backend.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    client.answer().read()
    assert serving.access_logged() == "404 404"
