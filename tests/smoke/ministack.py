"""Runs ministack, the stand-in for AWS, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MINISTACK = Path(__file__).resolve().parents[2] / ".ministack" / "bin" / "ministack"


@contextmanager
def ministack(folder: Path) -> Iterator[str]:
    """Run an empty account and yield its endpoint.

    :param folder: gets the log
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    loopback = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen([MINISTACK], env=os.environ | loopback, stdout=log, stderr=log)
        try:
            _wait_until_healthy(endpoint, process)
            yield endpoint
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_healthy(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"ministack did not start, exit code {process.poll()}")
