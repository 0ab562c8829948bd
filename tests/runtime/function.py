"""AWS's own runtime loop in a child process, with a handler of the tests or of the project in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.support.runtime_api import TIMEOUT, RuntimeApi

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "lambda_src" / "layer" / "python"
FUNCTIONS = "tests.runtime.functions"


class Function:
    """A function that runs in a child process, for ``with``.

    :param handler: ``chat.handler.handler``, or what follows ``tests.runtime.functions`` in a name
    :param python: the interpreter. Default: - the one of the tests
    :param paths: what goes before the interpreter's own packages. Default: - nothing
    :param command: what is run instead of awslambdaric's ``__main__``
    :param package: what goes before the name of a handler of the tests
    :param folder: the function's code. Default: - the repository
    """

    def __init__(
        self,
        handler: str,
        *,
        python: str = sys.executable,
        paths: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        package: str = FUNCTIONS,
        folder: Path = ROOT,
    ) -> None:
        if package and handler.partition(".")[0] not in {"chat", "probe"}:
            handler = f"{package}.{handler}"
        self.api = RuntimeApi()
        self._gate, self._handler_end = socket.socketpair()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        path = os.pathsep.join(map(str, (*paths, LAYER, ROOT / "lambda_src", ROOT)))
        self._command = [*(command or (python, "-m", "awslambdaric")), handler]
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": str(folder),
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "GATE_FD": str(self._handler_end.fileno()),
            **(environment or {}),
        }
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Function:
        self.api.__enter__()
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=self._folder,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            pass_fds=[self._handler_end.fileno()],
            start_new_session=True,
        )
        self._handler_end.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._gate.close()
        self.api.__exit__(kind, error, at)
        if error:
            print(self.output)
        self._output.close()

    @property
    def output(self) -> str:
        """Return what the function has logged."""
        self._output.seek(0)
        return self._output.read().decode()

    def release(self) -> None:
        """Let the handler go on that waits in ``gate.wait()``."""
        self._gate.sendall(b".")

    def said(self) -> bytes:
        """Wait for the handler to call ``gate.say()``, and return what it says."""
        self._gate.settimeout(TIMEOUT)
        return self._gate.recv(100)

    @property
    def resident_bytes(self) -> int:
        """The resident set of the process, as ``ps`` has it."""
        assert self._process
        pages = Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def kill(self) -> None:
        """Kill the process and all that it has started."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """Send the process the signal SIGUSR1."""
        assert self._process
        os.kill(self._process.pid, signal.SIGUSR1)

    def wait_for_exit(self) -> int:
        """Wait until the process ends by itself, and return its exit code."""
        assert self._process
        return self._process.wait(TIMEOUT)
