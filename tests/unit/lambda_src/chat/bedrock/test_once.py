"""A request that is written only once it may be, over a connection that is made meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from unittest import mock

import pytest
from chat.bedrock.client import BedrockRuntime
from chat.bedrock.sdk import SdkClient

ANSWER = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nx-amzn-errortype: ValidationException\r\n\r\n{}"


class Server:
    """A server that accepts one connection after the other, and keeps what it got."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connected = threading.Event()
        self.connections = 0
        self.got = b""
        self._open: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """End all of it."""
        self._socket.close()
        for each in self._open:
            each.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            self.connected.set()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        while True:
            try:
                data = connection.recv(65536)
            except OSError:
                return
            if not data:
                return
            self.got += data
            if b"}" in data:
                connection.sendall(ANSWER)


@pytest.fixture(name="server")
def _server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(name="bedrock")
def _bedrock(server: Server) -> Iterator[BedrockRuntime]:
    environ = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url,
    }
    client = BedrockRuntime(environ, connect_timeout=60, read_timeout=60)
    yield client
    client.close()


class Refused(Exception):
    """What the deployment says of a request."""


def test_once_connection_is_made_before_the_request_may_be_written(
    server: Server, bedrock: BedrockRuntime
) -> None:
    seen: list[bytes] = []

    def may_send() -> None:
        assert server.connected.wait(60)
        seen.append(server.got)

    with pytest.raises(Exception, match="ValidationException"):
        bedrock.once(may_send).converse_stream(modelId="m", messages=[])
    assert seen == [b""]
    assert server.got.startswith(b"POST /model/m/converse-stream")
    assert server.connections == 1


def test_once_refused_request_writes_nothing_and_leaves_the_connection(
    server: Server, bedrock: BedrockRuntime
) -> None:
    def refuse() -> None:
        assert server.connected.wait(60)
        raise Refused

    with pytest.raises(Refused):
        bedrock.once(refuse).converse_stream(modelId="m", messages=[])
    assert server.got == b""
    with pytest.raises(Exception, match="ValidationException"):
        bedrock.converse_stream(modelId="m", messages=[])
    assert server.connections == 1


def test_once_of_another_client_holds_no_other_request(bedrock: BedrockRuntime) -> None:
    bedrock.once(lambda: pytest.fail("the request of another client"))
    with pytest.raises(Exception, match="ValidationException"):
        bedrock.converse_stream(modelId="m", messages=[])


def test_once_client_of_boto3_waits_before_it_is_called() -> None:
    client = SdkClient(mock.Mock())
    waited: list[bool] = []
    assert client.once(lambda: waited.append(True)) is client
    assert waited == [True]

    def refuse() -> None:
        raise Refused

    with pytest.raises(Refused):
        client.once(refuse)
