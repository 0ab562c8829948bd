"""Child processes that always end: started in a group of their own, stopped by process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Seconds that a process gets between SIGTERM and SIGKILL.
GRACE = 5.0


class StepFailed(Exception):
    """A step of the demonstration failed; the message is what the user reads."""


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
def service(
    arguments: Sequence[str | Path], env: Mapping[str, str], log: Path, **streams: int
) -> Iterator[subprocess.Popen[str]]:
    """Run a long-lived process for the length of a ``with`` block.

    :param arguments: command line.
    :param env: its whole environment.
    :param log: file that takes what it prints, except a stream given in ``streams``.
    :param streams: ``stdout=subprocess.PIPE`` for a service whose output is read.
    """
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            env=dict(env),
            stdout=streams.get("stdout", sink.fileno()),
            stderr=sink,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


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


def run_quietly(
    arguments: Sequence[str | Path], env: Mapping[str, str], progress: Callable[[str], None]
) -> None:
    """Run a command to its end, reporting each line it prints; raise with its last lines when it fails."""
    process = subprocess.Popen(
        [str(argument) for argument in arguments],
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    tail: deque[str] = deque(maxlen=40)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                tail.append(line.rstrip())
                progress(line.strip())

    # a thread, so that an interrupt reaches this process at once and not at the next line
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        code = process.wait()
        reader.join(GRACE)
    finally:
        stop(process)
    if code:
        raise StepFailed("\n".join([*tail, f"exit code {code}"]))
