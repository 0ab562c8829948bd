"""Handlers that do what a handler should not do."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lambda_streaming import stream

CHUNK = b"x" * 65536


@stream(media_type="application/octet-stream")
def endless(event: dict[str, str], context: object) -> Iterator[bytes]:
    """Yield for ever."""
    while True:
        yield CHUNK


@stream(media_type="text/plain")
def path(event: dict[str, str], context: object) -> Iterator[str]:
    """Say which path it got, and where the process is."""
    yield f"{event['path']}\n{os.getcwd()}\n"
