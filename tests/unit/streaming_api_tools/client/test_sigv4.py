"""Find credentials without asking a proxy for them."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from streaming_api_tools.client.sigv4 import signer_for
from streaming_api_tools.proxies import exempt_own_hosts

URL = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod/chat"
KEYS = {
    "Code": "Success",
    "AccessKeyId": "of-the-machine",
    "SecretAccessKey": "secret",
    "Token": "token",
    "Expiration": "2100-01-01T00:00:00Z",
}
ROLE = "/latest/meta-data/iam/security-credentials/"


class Metadata(BaseHTTPRequestHandler):
    """The metadata service of a machine with a role."""

    def do_PUT(self) -> None:
        """Return a session token."""
        self._answer(b"session")

    def do_GET(self) -> None:
        """Return the role, and its credentials."""
        self._answer(b"role" if self.path == ROLE else json.dumps(KEYS).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the URL of a metadata service, on a machine whose proxy is not there."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    exempt_own_hosts(os.environ)
    with HTTPServer(("127.0.0.1", 0), Metadata) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_metadata_service_request_bypasses_the_proxy(metadata: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata)
    signer = signer_for(URL, "auto", None, {})
    assert signer is not None
    assert signer.credentials.get_frozen_credentials().access_key == "of-the-machine"  # type: ignore[attr-defined]


def test_sigv4_without_metadata_service_leaves_request_unsigned(
    metadata: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{port}")
    assert signer_for(URL, "auto", None, {}) is None
