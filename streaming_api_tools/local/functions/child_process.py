"""Start child processes, whose end is noticed although a process left behind holds their pipes open."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import SubprocessStreamProtocol
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

#: The variable that is different for each process: where its Runtime API is.
MARK = "AWS_LAMBDA_RUNTIME_API"


class _Protocol(SubprocessStreamProtocol):
    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class ChildProcess:
    """A running process; ``wait`` of asyncio's own would wait for the end of its pipes as well.

    :param mark: of its environment, ``NAME=VALUE``: nothing but the process and what it starts has this

    ``exited`` has the exit code when it has ended, negative for the signal that killed it; ``stdout`` and
    ``stderr`` are its output, None when that goes elsewhere.
    """

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol, mark: bytes) -> None:
        self._transport = transport
        self._mark = mark
        self.pid = transport.get_pid()
        self.stdout = protocol.stdout
        self.stderr = protocol.stderr
        self.exited = asyncio.create_task(self._wait(protocol.exited))

    async def _wait(self, exited: asyncio.Event) -> int:
        """Wait for its end, kill what it leaves behind and return the exit code."""
        await exited.wait()
        self.kill()
        await asyncio.to_thread(kill_marked, self._mark)
        return self._transport.get_returncode() or 0

    def kill(self) -> None:
        """Kill the process and its group: a process that it left behind would hold its pipes open."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close the pipes."""
        self._transport.close()


def kill_marked(mark: bytes) -> None:
    """Kill every process that has an entry in its environment.

    A process in a session of its own is not in the group of its parent, and nobody's child when the parent is
    gone; the environment is what it keeps. Only Linux tells.
    """
    killed: set[int] = set()
    while found := {process for process in _processes() if mark in _environment_of(process)} - killed:
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        # those that they have started meanwhile are next
        killed |= found


def _processes() -> list[int]:
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return []


def _environment_of(process: int) -> list[bytes]:
    """Return the environment that a process was started with; that of a zombie is empty."""
    with suppress(OSError):
        return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    return []


async def spawn(
    argv: Sequence[str],
    environ: Mapping[str, str],
    directory: Path,
    streams: tuple[int | None, int | IO[str], int | None],
    limit: int,
) -> ChildProcess:
    """Start a process in a session of its own, so that Ctrl-C reaches only the gateway.

    :param environ: with :data:`MARK`
    :param streams: stdin, stdout and stderr, as subprocess has them
    :param limit: of a line of its output, in bytes
    :raises OSError: when it cannot be started
    """
    stdin, stdout, stderr = streams
    transport, protocol = await asyncio.get_running_loop().subprocess_exec(
        lambda: _Protocol(limit),
        *argv,
        env=environ,
        cwd=directory,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    mark = f"{MARK}={environ[MARK]}".encode()
    return ChildProcess(transport, protocol, mark)
