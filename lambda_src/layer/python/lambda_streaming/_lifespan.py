"""Start and end of an ASGI application, on the event loop that its requests run on."""

from __future__ import annotations

import asyncio
import atexit
from contextlib import suppress

from ._aio import kept_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any, TypeAlias

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_LIFESPAN = {"version": "3.0", "spec_version": "2.0"}


class Lifespan:
    """The lifespan of an application, which begins here and ends with the process.

    :param app: the application; one that does not support the protocol has none, as the specification has it
    :raises RuntimeError: when the application says that it failed to start
    """

    def __init__(self, app: Application) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._loop = kept_loop()
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task = self._loop.create_task(self._run())
        answer = self._loop.run_until_complete(self._tell("lifespan.startup"))
        if answer and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application failed to start: {answer.get('message', '')}")
        if answer:
            atexit.register(self._end)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _LIFESPAN, "state": self.state}
        # An application without a lifespan may raise anything at all when it is offered one.
        with suppress(Exception):
            await self._app(scope, self._to_app.get, self._from_app.put)
        await self._from_app.put(None)

    async def _tell(self, kind: str) -> Message | None:
        await self._to_app.put({"type": kind})
        return await self._from_app.get()

    def _end(self) -> None:
        self._loop.run_until_complete(self._tell("lifespan.shutdown"))
