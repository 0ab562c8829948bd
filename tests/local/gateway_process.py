"""``streaming-api local`` as a process of its own, to be measured and ended from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.local.serving import PATIENCE
from tests.support.processes import announced


class GatewayProcess:
    """A running gateway."""

    def __init__(self, process: subprocess.Popen[str], line: str, stderr: Path) -> None:
        self._process = process
        self._stderr = stderr
        self.url = line.removeprefix("listening on ").strip()
        assert self.url, self.stderr()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def resident(self) -> int:
        """Return how much memory it has, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def stderr(self) -> str:
        """Return what it has written for the developer."""
        return self._stderr.read_text("utf-8")

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)


@contextmanager
def gateway_process(
    scratch: Path,
    content: Mapping[str, object],
    *options: str,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[GatewayProcess]:
    """Serve a template until the end of the block.

    :param environment: of the gateway, beside that of the tests
    :param descriptors: how many open files it starts with. Default: - as many as the tests
    """
    template, stderr = scratch / "template.json", scratch / "stderr"
    template.write_text(json.dumps(content), "utf-8")
    command = [sys.executable, "-m", "streaming_api_tools", "local", "--port", "0"]
    if descriptors:
        command = ["sh", "-c", f'ulimit -S -n {descriptors}; exec "$@"', "sh", *command]
    with (
        stderr.open("w") as log,
        announced([*command, "--template", str(template), *options], environment or {}, log) as (
            process,
            line,
        ),
    ):
        yield GatewayProcess(process, line, stderr)
