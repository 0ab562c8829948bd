"""Run one execution environment: a child process with a handler in AWS's runtime interface client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Mapping

from ..application import Function
from ..http.limits import Limits
from .child_process import ChildProcess, spawn
from .environment_variables import environment_of_the_gateway, lambda_environment
from .log import MAX_LINE, FunctionLog
from .response_pipe import FunctionError, ResponsePipe
from .runtime_api import Invocation, RuntimeApi
from .runtimes import Launch, Launcher, LaunchError

#: Lambda gives the init phase 10 s and then repeats it within the timeout of the function.
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_SECONDS = 10.0
#: A process that has a debugger may stand still for as long as a function may ever take.
ATTACHED_SECONDS = 900.0


class ExecutionEnvironment:
    """Runs invocations of one function, one at a time.

    :param launcher: knows how the runtime of the function is started
    :param extra: environment variables with credentials and endpoints
    :param log: takes a line for the developer
    :param limits: how fast the function may stream

    ``attached`` tells whether it has the terminal of the user, for a debugger.
    """

    def __init__(
        self,
        function: Function,
        region: str,
        launcher: Launcher,
        extra: Mapping[str, str],
        log: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._function = function
        self._region = region
        self._launcher = launcher
        self._extra = extra
        self._timeout = function.timeout
        self._log = FunctionLog(function, log)
        self._api = RuntimeApi(self._log.line, limits)
        self._process: ChildProcess | None = None
        self._copying: list[asyncio.Task[None]] = []
        self._stopped = False
        self.attached = False

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and not self._process.exited.done()

    async def run(
        self, event: bytes, trace_id: str, pipe: ResponsePipe, client_context: str | None = None
    ) -> None:
        """Run an invocation to its end, which is when the runtime asks for the next one.

        However it ends, the pipe has ended as well.

        :raises FunctionError: when the process must not be used again; it has been stopped then
        """
        try:
            process = self._process or await self._start()
            await self._invoke(process, event, trace_id, pipe, client_context)
        except FunctionError as failure:
            # before the process is killed, so that the cut connection does not count as the cause
            pipe.end(failure)
            await self.stop()
            raise
        finally:
            pipe.log = self._log.take_tail()

    async def stop(self) -> None:
        """Kill the process, and everything it started, and wait until it is gone."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()
            await self._process.exited
            await self._finish_log()
            self._process.close()
        await self._api.close()

    async def _start(self) -> ChildProcess:
        self._log.init_start()
        address = await self._api.start()
        began = time.monotonic()
        try:
            launch = await self._launcher.launch(self._function)
            process = await self._spawn(launch, address)
        except (LaunchError, OSError) as error:
            self._log.line(str(error))
            raise self._error("Runtime.InvalidEntrypoint", str(error)) from error
        self._process = process
        for stream, name in ((process.stdout, ""), (process.stderr, "stderr")):
            if stream is not None:
                self._copying.append(asyncio.create_task(self._log.copy(stream, name)))
        if self._stopped:
            raise self._error("Sandbox.Failure", "stopped while it was starting")
        self.attached = launch.attached
        if launch.attached:
            self._timeout = ATTACHED_SECONDS
        seconds = INIT_SECONDS + self._timeout
        await self._until(process, self._api.polled(), seconds, f"init took more than {seconds:g} seconds")
        self._log.init_ms = (time.monotonic() - began) * 1000
        return process

    async def _spawn(self, launch: Launch, runtime_api: str) -> ChildProcess:
        base = dict(os.environ) if launch.attached else environment_of_the_gateway(os.environ)
        environ = lambda_environment(
            self._function, runtime_api, self._region, base, launch.environment, self._extra
        )
        # the gateway's own stdout is for scripts
        streams = (None, sys.stderr, None) if launch.attached else (DEVNULL, PIPE, PIPE)
        return await spawn(launch.argv, environ, self._function.code, streams, MAX_LINE)

    async def _invoke(
        self,
        process: ChildProcess,
        event: bytes,
        trace_id: str,
        pipe: ResponsePipe,
        client_context: str | None,
    ) -> None:
        timeout = self._timeout
        began = time.monotonic()
        self._log.start(pipe.request_id)
        self._api.offer(
            Invocation(
                pipe=pipe,
                event=event,
                deadline_ms=int((time.time() + timeout) * 1000),
                function_arn=self._function.arn,
                trace_id=trace_id,
                client_context=client_context,
            )
        )
        try:
            late = f"Task timed out after {timeout:.2f} seconds"
            await self._until(process, self._api.polled(), timeout, late)
        finally:
            self._log.end((time.monotonic() - began) * 1000, process.pid)

    async def _until(self, process: ChildProcess, ready: Awaitable[None], seconds: float, late: str) -> None:
        """Wait for the runtime; raises FunctionError when it exits or takes too long."""
        waiting = asyncio.ensure_future(ready)
        done, _ = await asyncio.wait(
            (waiting, process.exited), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting in done:
            return
        waiting.cancel()
        if process.exited not in done:
            self._log.line(late)
            raise self._error("Sandbox.Timedout", late)
        await self._finish_log()
        if self._api.init_error:
            raise self._api.init_error
        message = f"Runtime exited with error: {_how_it_ended(process.exited.result())}"
        self._log.line(message)
        raise self._error("Runtime.ExitError", message)

    def _error(self, kind: str, message: str) -> FunctionError:
        text = f"RequestId: {self._log.request_id} Error: {message}"
        return FunctionError(kind, json.dumps({"errorType": kind, "errorMessage": text}).encode())

    async def _finish_log(self) -> None:
        """Pass on what is still in the pipes; a process that escaped from the group may hold them open."""
        if not self._copying:
            return
        _, unfinished = await asyncio.wait(self._copying, timeout=1)
        for copying in unfinished:
            copying.cancel()


def _how_it_ended(code: int) -> str:
    return f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
