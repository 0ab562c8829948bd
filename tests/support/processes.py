"""Run processes on loopback that end with the test: ports, waiting until something listens, ministack."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from demo import MINISTACK, is_healthy, ministack_environment
from processes import free_port, service, wait_until

__all__ = ["accepts", "announced", "free_port", "listening", "ministack"]


def accepts(port: int) -> bool:
    """Tell whether something listens on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def listening(
    command: Sequence[str | Path], port: int, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server until the end of the block, and yield its URL once its port accepts connections.

    :param log: gets what it prints
    :param env: its environment. Default: that of the tests
    """
    with service(command, os.environ if env is None else env, log) as process:
        wait_until(lambda: accepts(port), process, str(command[0]))
        yield f"http://127.0.0.1:{port}"


@contextmanager
def ministack(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Run ministack, the stand-in for AWS, with an empty account, and yield its endpoint.

    :param folder: gets the log
    """
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with service([MINISTACK], ministack_environment(environ, port), folder / "ministack.log") as process:
        wait_until(lambda: is_healthy(endpoint), process, "ministack")
        yield endpoint


@contextmanager
def announced(
    command: Sequence[str | Path], env: Mapping[str, str], stderr: int | IO[str] = subprocess.PIPE
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a command, yield it with the first line that it prints, and kill it at the end of the block.

    :param env: its environment, beside that of the tests
    :param stderr: as for ``subprocess.Popen``. Default: a pipe that the test reads
    """
    with subprocess.Popen(
        [*map(str, command)], env={**os.environ, **env}, text=True, stdout=subprocess.PIPE, stderr=stderr
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()
