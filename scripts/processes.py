"""Child processes that always end: started in a group of their own, stopped by process id."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

#: Seconds that a process gets between SIGTERM and SIGKILL.
GRACE = 5.0
#: Seconds of silence after which a long step says that it is still at it.
HEARTBEAT = 5.0
#: Linux gives out 32768 to 60999 (ip_local_port_range), macOS 49152 to 65535.
PORTS = range(10240, 32768)


class StepFailed(Exception):
    """A step of the demonstration failed; the message is what the user reads."""


class Interrupts:
    """SIGINT, SIGTERM and SIGHUP as KeyboardInterrupt, but never between a process's start and its record."""

    def __init__(self) -> None:
        self._held = 0
        self._pending = False

    def install(self) -> None:
        """Take the signals over, also where the parent ignored them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = True
        else:
            raise KeyboardInterrupt

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Put an interrupt off to the end of the ``with`` block."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._pending and not self._held:
            self._pending = False
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on.

    It is below those that kernels give out by themselves: another program on a busy machine would get one of
    those before the server that it is for has started.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def stop(process: subprocess.Popen[str]) -> None:
    """End a process and everything it started: SIGTERM to its group, SIGKILL after a grace period."""
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


@contextmanager
def running(
    arguments: Sequence[str | Path],
    env: Mapping[str, str],
    *,
    stdout: int | IO[str] | None = None,
    stderr: int | IO[str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run a process for at most the length of a ``with`` block.

    :param arguments: command line.
    :param env: its whole environment.
    :param stdout: as for ``subprocess.Popen``. Default: - that of this process
    :param stderr: as for ``subprocess.Popen``. Default: - that of this process
    """
    process = None
    try:
        with INTERRUPTS.hold():
            process = subprocess.Popen(
                [str(argument) for argument in arguments],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        yield process
    finally:
        if process:
            with INTERRUPTS.hold():
                stop(process)


@contextmanager
def service(
    arguments: Sequence[str | Path], env: Mapping[str, str], log: Path, *, read_output: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Run a process that serves for the length of a ``with`` block.

    :param log: file that takes what it prints.
    :param read_output: whether the caller reads its standard output instead. Default: False
    """
    with log.open("w", encoding="utf-8") as sink:
        stdout = subprocess.PIPE if read_output else sink
        with running(arguments, env, stdout=stdout, stderr=sink) as process:
            yield process


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[str], what: str, timeout: float = 30.0
) -> None:
    """Wait until ``ready()``; raise when the process ends first or the time is over."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None:
            raise StepFailed(f"{what} ended with exit code {process.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise StepFailed(f"{what} was not ready after {timeout:.0f} s")
        time.sleep(0.05)


def run(arguments: Sequence[str | Path], env: Mapping[str, str], what: str) -> None:
    """Run a command to its end, on the output of this process."""
    with running(arguments, env) as process:
        code = process.wait()
    if code:
        raise StepFailed(f"{what} failed with exit code {code}")


def run_quietly(
    arguments: Sequence[str | Path],
    env: Mapping[str, str],
    progress: Callable[[str], None],
    *,
    heartbeat: float = HEARTBEAT,
) -> None:
    """Run a command to its end, reporting each line it prints; raise with its last lines when it fails.

    :param heartbeat: seconds after which the newest line is reported again, with the time that has gone by.
        Default: 5
    """
    tail: deque[str] = deque(maxlen=40)
    begun = time.monotonic()

    def read(lines: IO[str]) -> None:
        for line in filter(str.strip, lines):
            tail.append(line.rstrip())
            progress(line.strip())

    with running(arguments, env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        # a thread, so that an interrupt reaches this process at once and not at the next line
        reader = threading.Thread(target=read, args=[process.stdout], daemon=True)
        reader.start()
        while (code := _exit_code(process, heartbeat)) is None:
            newest = tail[-1].strip() if tail else "starting"
            progress(f"{newest} ({time.monotonic() - begun:.0f} s)")
        reader.join(GRACE)
        if not reader.is_alive() and process.stdout:
            process.stdout.close()
    if code:
        raise StepFailed("\n".join([*tail, f"exit code {code}"]))


def _exit_code(process: subprocess.Popen[str], timeout: float) -> int | None:
    """Return the exit code of a process, None when it still runs after that many seconds."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
