"""Invoke functions: one execution environment per concurrent invocation, used again while it is warm."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace

from ..application import Function
from ..http.limits import Limits
from ..http.own_urls import OwnUrls
from .concurrency import Concurrency
from .execution_environment import ExecutionEnvironment
from .response_pipe import FunctionError, ResponsePipe
from .runtimes import Launcher


@dataclass(eq=False)
class _Idle:
    """An environment that waits for an invocation.

    :param expiry: ends it; None for one that has a debugger, which would lose it
    """

    environment: ExecutionEnvironment
    expiry: asyncio.TimerHandle | None = None


class FunctionPool:
    """Invokes functions, as Lambda does.

    :param launcher: knows how their runtimes are started
    :param extra: environment variables with credentials and endpoints
    :param log: takes a line for the developer
    :param limits: how fast they may stream, how many may run, and how long an environment is kept
    :param functions: all of the application
    :param own_urls: puts URLs of this machine into their environment variables
    """

    def __init__(
        self,
        region: str,
        launcher: Launcher,
        extra: Mapping[str, str],
        log: Callable[[str], None],
        limits: Limits,
        functions: Iterable[Function],
        own_urls: OwnUrls,
    ) -> None:
        self._region = region
        self._launcher = launcher
        self._extra = extra
        self._log = log
        self._limits = limits
        self._own_urls = own_urls
        self._concurrency = Concurrency(functions, limits.concurrency if limits.throttled else None)
        self._idle: dict[str, list[_Idle]] = {}
        self._environments: set[ExecutionEnvironment] = set()
        self._running: set[asyncio.Task[None]] = set()

    def invoke(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None = None
    ) -> ResponsePipe:
        """Start an invocation and return its pipe, which also tells how it ended.

        The invocation runs to its end even when nobody reads the pipe, as on Lambda.

        :raises ThrottledError: when too many run
        """
        self._concurrency.take(function)
        pipe = ResponsePipe(str(uuid.uuid4()))
        self._keep(self._run(function, event, trace_id, client_context, pipe))
        return pipe

    async def close(self) -> None:
        """Stop every process, which also ends the invocations in them."""
        for idle in (each for waiting in self._idle.values() for each in waiting):
            if idle.expiry:
                idle.expiry.cancel()
        await asyncio.gather(*(environment.stop() for environment in self._environments))
        await asyncio.gather(*self._running)

    def _keep(self, running: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(running)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(
        self, function: Function, event: bytes, trace_id: str, client_context: str | None, pipe: ResponsePipe
    ) -> None:
        environment = self._take(function)
        try:
            await environment.run(event, trace_id, pipe, client_context)
        except FunctionError:
            self._environments.discard(environment)
        else:
            self._put_back(function, environment)
        finally:
            self._concurrency.release(function)
            pipe.finish()

    def _take(self, function: Function) -> ExecutionEnvironment:
        waiting = self._idle.setdefault(function.arn, [])
        while waiting:
            # the one that was used last, so that those which are too many are not used any more
            idle = waiting.pop()
            if idle.expiry:
                idle.expiry.cancel()
            if idle.environment.alive:
                return idle.environment
            self._keep(self._end(idle.environment))
        variables = {name: self._own_urls.put_in(value) for name, value in function.environment.items()}
        function = replace(function, environment=variables)
        environment = ExecutionEnvironment(
            function, self._region, self._launcher, self._extra, self._log, self._limits
        )
        self._environments.add(environment)
        return environment

    def _put_back(self, function: Function, environment: ExecutionEnvironment) -> None:
        waiting, idle = self._idle[function.arn], _Idle(environment)
        waiting.append(idle)

        def expire() -> None:
            waiting.remove(idle)
            self._keep(self._end(environment))

        if not environment.attached:
            seconds = self._limits.idle_environment_seconds
            idle.expiry = asyncio.get_running_loop().call_later(seconds, expire)

    async def _end(self, environment: ExecutionEnvironment) -> None:
        await environment.stop()
        self._environments.discard(environment)
