"""A handler whose events are kept, for pages of any origin; the test holds it in the middle."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from lambda_streaming import stream
from lambda_streaming_cors import CorsHeaders

CORS = CorsHeaders("*", exposed="x-stream-id")
EVENTS = 8


@stream(headers=CORS.headers(None))
def counts(event: dict[str, object], context: object) -> Iterator[object]:
    """Count, tell the test at the fourth number, and go on when it says so."""
    print("the handler runs")
    for number in range(EVENTS):
        if number == EVENTS // 2:
            wait()
        yield {"n": number, "text": "é" * number}


def wait() -> None:
    """Connect to the test, and wait until it says go on."""
    host, port = os.environ["GATE"].split(":")
    with socket.create_connection((host, int(port))) as gate:
        gate.sendall(b"waits\n")
        if not gate.recv(1):
            raise RuntimeError("the test is gone")
