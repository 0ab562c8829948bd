"""One execution environment: a child process with a function's handler in AWS's runtime interface client."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from .environment import lambda_environment
from .model import Function
from .output import FunctionError, LogTail, Output
from .runtime_api import Invocation, RuntimeApi

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
#: Lambda gives the init phase 10 s and then repeats it within the timeout of the function.
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_SECONDS = 10.0
#: A longer line of a function's log is broken up.
MAX_LINE = 1024 * 1024


class Sandbox:
    """Runs invocations of one function, one at a time.

    :param extra: environment variables with credentials and endpoints
    :param log: takes a line for the developer
    """

    def __init__(
        self, function: Function, region: str, extra: Mapping[str, str], log: Callable[[str], None]
    ) -> None:
        self._function = function
        self._region = region
        self._extra = extra
        self._write = log
        self._request_id = "init"
        self._init_ms: float | None = None
        self._api = RuntimeApi(self._log)
        self._process: asyncio.subprocess.Process | None = None
        self._exited: asyncio.Task[int] | None = None
        self._copying: list[asyncio.Task[None]] = []
        self._stopped = False
        self._tail = LogTail()

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._exited is not None and not self._exited.done()

    async def run(
        self, event: bytes, trace_id: str, output: Output, client_context: str | None = None
    ) -> None:
        """Run an invocation to its end, which is when the runtime asks for the next one.

        However it ends, the output has ended as well.

        :raises FunctionError: when the process must not be used again; it has been stopped then
        """
        self._tail = output.log
        try:
            if self._process is None:
                await self._start()
            await self._invoke(event, trace_id, output, client_context)
        except FunctionError as failure:
            # before the process is killed, so that the cut connection does not count as the cause
            output.end(failure)
            await self.stop()
            raise

    async def stop(self) -> None:
        """Kill the process, and everything it started, and wait until it is gone."""
        self._stopped = True
        if self._process is not None and self._exited is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._exited
            await self._finish_log()
        await self._api.close()

    async def _start(self) -> None:
        address = await self._api.start()
        began = time.monotonic()
        environ = lambda_environment(
            self._function, address, self._region, os.environ.get("PATH", os.defpath), self._extra
        )
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(BOOTSTRAP),
                str(os.getpid()),
                self._function.handler,
                env=environ,
                cwd=self._function.code,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                # a group of its own, so that Ctrl-C reaches only the gateway
                start_new_session=True,
                limit=MAX_LINE,
            )
        except OSError as error:
            raise self._error("Runtime.InvalidEntrypoint", str(error)) from error
        self._process = process
        self._exited = asyncio.create_task(_exit(process))
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            self._copying.append(asyncio.create_task(self._copy(stream)))
        if self._stopped:
            raise self._error("Sandbox.Failure", "stopped while it was starting")
        seconds = INIT_SECONDS + self._function.timeout
        await self._until(self._api.polled(), seconds, f"init took more than {seconds:g} seconds")
        self._init_ms = (time.monotonic() - began) * 1000

    async def _invoke(self, event: bytes, trace_id: str, output: Output, client_context: str | None) -> None:
        self._request_id = output.request_id
        timeout = self._function.timeout
        began = time.monotonic()
        self._log(f"START RequestId: {self._request_id} Version: $LATEST")
        self._api.offer(
            Invocation(
                request_id=self._request_id,
                event=event,
                deadline_ms=int((time.time() + timeout) * 1000),
                function_arn=self._function.arn,
                trace_id=trace_id,
                client_context=client_context,
            ),
            output,
        )
        try:
            await self._until(self._api.polled(), timeout, f"Task timed out after {timeout:.2f} seconds")
        finally:
            self._log(f"END RequestId: {self._request_id}")
            self._log(self._report((time.monotonic() - began) * 1000))
        if output.error and output.error.kind == "Runtime.TruncatedResponse":
            raise output.error

    async def _until(self, ready: Awaitable[None], seconds: float, late: str) -> None:
        """Wait for the runtime; raises FunctionError when it exits or takes too long."""
        assert self._exited is not None
        waiting = asyncio.ensure_future(ready)
        done, _ = await asyncio.wait(
            (waiting, self._exited), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting in done:
            return
        waiting.cancel()
        if self._exited not in done:
            self._log(late)
            raise self._error("Sandbox.Timedout", late)
        await self._finish_log()
        if self._api.init_error:
            raise self._api.init_error
        message = f"Runtime exited with error: {_how_it_ended(self._exited.result())}"
        self._log(message)
        raise self._error("Runtime.ExitError", message)

    def _error(self, kind: str, message: str) -> FunctionError:
        text = f"RequestId: {self._request_id} Error: {message}"
        return FunctionError(kind, json.dumps({"errorType": kind, "errorMessage": text}).encode())

    def _report(self, duration: float) -> str:
        """Return the line that Lambda writes after each invocation."""
        fields = [
            f"REPORT RequestId: {self._request_id}",
            f"Duration: {duration:.2f} ms",
            f"Billed Duration: {math.ceil(duration + (self._init_ms or 0))} ms",
            f"Memory Size: {self._function.memory} MB",
        ]
        if self._init_ms is not None:
            fields.append(f"Init Duration: {self._init_ms:.2f} ms")
            self._init_ms = None
        return "\t".join(fields)

    async def _copy(self, stream: asyncio.StreamReader) -> None:
        """Pass on the lines that the function writes."""
        while True:
            try:
                line = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                line = end.partial
            except asyncio.LimitOverrunError as long:
                line = await stream.readexactly(long.consumed)
            if not line:
                return
            self._log(line.decode("utf-8", "replace").rstrip("\n"))

    async def _finish_log(self) -> None:
        """Pass on what is still in the pipes; a process that escaped from the group may hold them open."""
        _, unfinished = await asyncio.wait(self._copying, timeout=1)
        for copying in unfinished:
            copying.cancel()

    def _log(self, line: str) -> None:
        self._tail.add(line)
        self._write(f"[{self._function.name} {self._request_id}] {line}")


async def _exit(process: asyncio.subprocess.Process) -> int:
    """Wait for the end of a process and kill what it leaves behind; return its exit code."""
    code = await process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return code


def _how_it_ended(code: int) -> str:
    return f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
