"""Invoke functions: one execution environment per concurrent invocation, used again while it is warm."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping

from ..application import Function
from ..http.limits import Limits
from .execution_environment import ExecutionEnvironment
from .response_pipe import FunctionError, ResponsePipe
from .runtimes import Launcher


class FunctionPool:
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
        self._idle: dict[str, list[ExecutionEnvironment]] = {}
        self._environments: set[ExecutionEnvironment] = set()
        self._running: set[asyncio.Task[None]] = set()

    def invoke(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None = None
    ) -> ResponsePipe:
        """Start an invocation and return its pipe, which also tells how it ended.

        The invocation runs to its end even when nobody reads the pipe, as on Lambda.
        """
        pipe = ResponsePipe(str(uuid.uuid4()))
        task = asyncio.create_task(self._run(function, event, trace_id, client_context, pipe))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return pipe

    async def close(self) -> None:
        """Stop every process, which also ends the invocations in them."""
        await asyncio.gather(*(environment.stop() for environment in self._environments))
        await asyncio.gather(*self._running)

    async def _run(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None, pipe: ResponsePipe
    ) -> None:
        environment = await self._take(function)
        try:
            await environment.run(event, trace_id, pipe, client_context)
        except FunctionError:
            self._environments.discard(environment)
        else:
            self._idle[function.arn].append(environment)
        finally:
            # nobody waits for ever, whatever went wrong here
            pipe.end(FunctionError("Sandbox.Failure"))
            pipe.finish()

    async def _take(self, function: Function) -> ExecutionEnvironment:
        idle = self._idle.setdefault(function.arn, [])
        while idle:
            environment = idle.pop()
            if environment.alive:
                return environment
            self._environments.discard(environment)
            await environment.stop()
        environment = ExecutionEnvironment(
            function, self._region, self._launcher, self._extra, self._log, self._limits
        )
        self._environments.add(environment)
        return environment
