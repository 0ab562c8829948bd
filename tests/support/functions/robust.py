"""Handlers that do what a handler should not do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from lambda_streaming import stream

CHUNK = b"x" * 65536


@stream(media_type="application/octet-stream")
def endless(event: dict[str, str], context: object) -> Iterator[bytes]:
    """Yield for ever."""
    while True:
        yield CHUNK


def leaves_a_daemon(event: dict[str, str], context: object) -> None:
    """Exit while a process that is no longer one's own holds stdout and stderr open."""
    daemon = subprocess.Popen(["sleep", "60"], start_new_session=True)
    print(f"daemon {daemon.pid}", flush=True)
    os._exit(3)


def starts_a_daemon(event: dict[str, str], context: object) -> dict[str, object]:
    """Answer with the ids of this process and of one that it starts in a session of its own."""
    command = ["sh", "-c", "(sleep 60 & echo $!); sleep 60"]
    daemon = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    assert daemon.stdout is not None
    grandchild = int(daemon.stdout.readline())
    return {"statusCode": 200, "body": f"{os.getpid()} {daemon.pid} {grandchild}"}


def prints_escapes(event: dict[str, str], context: object) -> None:
    """Print what a terminal obeys, and fail with it."""
    print("\x1b]0;title\x07\x1b[2J \u202e shown", flush=True)
    raise ValueError("\x1b[31m")


@stream(media_type="text/plain")
def path(event: dict[str, str], context: object) -> Iterator[str]:
    """Say which path it got, and where the process is."""
    yield f"{event['path']}\n{os.getcwd()}\n"
