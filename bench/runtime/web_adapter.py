"""Stands in for the AWS Lambda Web Adapter: its readiness check and its hop to the web server.

It runs in the process of the benchmark, so that the adapter's own start, CPU and memory count as nothing,
which is in favour of the web server. The real adapter has one hop more, to the Runtime API.
"""

from __future__ import annotations

import http.client
import json
import socket
import time

from .runtime_api import TIMEOUT, Arrivals

#: The adapter's own default, in seconds.
READINESS_INTERVAL = 0.01


class WebAdapter:
    """Serves one web server as :class:`RuntimeApi` serves a function."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def wait_for_next(self) -> int:
        """Return when the web server is ready, which is when the adapter asks for an invocation."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            try:
                self._request("GET", "/ready", b"").read()
                return time.monotonic_ns()
            except OSError:
                time.sleep(READINESS_INTERVAL)
        raise TimeoutError("the web server does not get ready")

    def invoke(self, event: dict[str, str]) -> tuple[int, Arrivals]:
        """Post the body of an event; return when that was, and the response as it came."""
        started = time.monotonic_ns()
        response = self._request("POST", "/chat", event["body"].encode())
        arrivals: Arrivals = []
        while data := response.read1(65536):
            arrivals.append((time.monotonic_ns(), data))
        return started, arrivals

    def _request(self, method: str, path: str, body: bytes) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        connection.request(method, path, body, {"content-type": "application/json", "connection": "close"})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"the web server answers with {response.status}: {json.dumps(path)}")
        return response
