"""The console script for tests that run it often: a fork takes 50 ms where a start takes a second."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.support.templates import ROOT

SCRIPT = Path(sys.executable).with_name("streaming-api")
#: Variables that Python or aiohttp read at the start: a command that gets another value of one is started by
#: itself.
READ_AT_START = ("LC_ALL", "PYTHONPATH", "PYTHONUTF8", "SSL_CERT_FILE")
#: Seconds that no command needs, unless it hangs.
PATIENCE = 300.0


class Running:
    """A command that was started.

    :param connection: gets its process id and, at its end, its exit code
    """

    def __init__(self, connection: socket.socket) -> None:
        with connection:
            self._report = connection.makefile(encoding="utf-8")
        self.pid = int(self._report.readline())

    def wait(self) -> int:
        """Wait for its end and return the exit code; kill it when it takes too long."""
        timer = threading.Timer(PATIENCE, os.kill, (self.pid, signal.SIGKILL))
        timer.start()
        try:
            return int(self._report.readline())
        finally:
            timer.cancel()
            self._report.close()


class CommandLine:
    """Runs commands as forks of a process that has imported them, for ``with``.

    What differs from the start of the console script: modules of other commands are imported already.
    """

    def __enter__(self) -> CommandLine:
        self._folder = tempfile.TemporaryDirectory()
        self._path = str(Path(self._folder.name, "socket"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._path)
            listener.listen()
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forked_commands", str(listener.fileno())],
                cwd=ROOT,
                pass_fds=[listener.fileno()],
                stdin=subprocess.PIPE,
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(PATIENCE)
        self._folder.cleanup()

    def start(
        self,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        streams: tuple[int, int, int],
        cwd: Path | None = None,
    ) -> Running:
        """Start a command.

        :param env: its whole environment
        :param streams: descriptors of standard input, output and error
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8") as request:
            json.dump({"arguments": arguments, "env": dict(env), "cwd": str(cwd or Path.cwd())}, request)
            request.seek(0)
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self._path)
            socket.send_fds(connection, [b"!"], [request.fileno(), *streams])
            return Running(connection)

    def run(
        self, *arguments: str, env: Mapping[str, str], cwd: Path | None = None, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, and return it with what it wrote.

        :param env: its whole environment
        """
        if any(env.get(name) != os.environ.get(name) for name in READ_AT_START):
            return subprocess.run(
                [SCRIPT, *arguments],
                env=env,
                cwd=cwd,
                input=input,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(input.encode())
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            code = self.start(arguments, env, streams, cwd).wait()
            return subprocess.CompletedProcess(arguments, code, _text(out), _text(err))

    def program(self) -> str:
        """Return what a shell runs in the place of the console script."""
        asking = Path(__file__).with_name("ask_forked.py")
        return f"exec {shlex.join([sys.executable, '-I', '-S', str(asking), self._path])}"


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
