"""Runs functions: one process per concurrent invocation, used again while it is warm."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping

from ..application import Function
from ..limits import Limits
from .execution_environment import Sandbox
from .response_pipe import FunctionError, Output
from .runtimes import Launcher


class FunctionRunner:
    """Invokes functions, as Lambda does.

    :param launcher: knows how their runtimes are started
    :param extra: environment variables with credentials and endpoints
    :param log: takes a line for the developer
    :param limits: how fast they may stream
    """

    def __init__(
        self,
        region: str,
        launcher: Launcher,
        extra: Mapping[str, str],
        log: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._region = region
        self._launcher = launcher
        self._extra = extra
        self._log = log
        self._limits = limits
        self._idle: dict[str, list[Sandbox]] = {}
        self._sandboxes: set[Sandbox] = set()
        self._running: set[asyncio.Task[None]] = set()

    def invoke(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None = None
    ) -> Output:
        """Start an invocation and return its output, which also tells how it ended.

        The invocation runs to its end even when nobody reads the output, as on Lambda.
        """
        output = Output(str(uuid.uuid4()))
        task = asyncio.create_task(self._run(function, event, trace_id, client_context, output))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return output

    async def close(self) -> None:
        """Stop every process, which also ends the invocations in them."""
        await asyncio.gather(*(sandbox.stop() for sandbox in self._sandboxes))
        await asyncio.gather(*self._running)

    async def _run(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None, output: Output
    ) -> None:
        sandbox = await self._sandbox(function)
        try:
            await sandbox.run(event, trace_id, output, client_context)
        except FunctionError:
            self._sandboxes.discard(sandbox)
        else:
            self._idle[function.arn].append(sandbox)
        finally:
            # nobody waits for ever, whatever went wrong here
            output.end(FunctionError("Sandbox.Failure"))
            output.finish()

    async def _sandbox(self, function: Function) -> Sandbox:
        idle = self._idle.setdefault(function.arn, [])
        while idle:
            sandbox = idle.pop()
            if sandbox.alive:
                return sandbox
            self._sandboxes.discard(sandbox)
            await sandbox.stop()
        sandbox = Sandbox(function, self._region, self._launcher, self._extra, self._log, self._limits)
        self._sandboxes.add(sandbox)
        return sandbox
