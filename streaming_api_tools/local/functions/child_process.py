"""Start child processes, whose end is noticed although a process left behind holds their pipes open."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import SubprocessStreamProtocol
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


class _Protocol(SubprocessStreamProtocol):
    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class ChildProcess:
    """A running process; ``wait`` of asyncio's own would wait for the end of its pipes as well.

    :param stdout: its output, None when that goes elsewhere
    :param stderr: the same
    """

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._exited = protocol.exited
        self.pid = transport.get_pid()
        self.stdout = protocol.stdout
        self.stderr = protocol.stderr

    async def wait(self) -> int:
        """Wait for its end and return the exit code; negative is the signal that killed it."""
        await self._exited.wait()
        code = self._transport.get_returncode()
        assert code is not None
        return code

    def close(self) -> None:
        """Close the pipes."""
        self._transport.close()


async def spawn(
    argv: Sequence[str],
    environ: Mapping[str, str],
    directory: Path,
    streams: tuple[int | None, int | IO[str], int | None],
    limit: int,
) -> ChildProcess:
    """Start a process in a session of its own, so that Ctrl-C reaches only the gateway.

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
    return ChildProcess(transport, protocol)
