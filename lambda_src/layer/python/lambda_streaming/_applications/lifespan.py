"""Start an application when the function is initialized, and shut it down with the process.

Specification: ASGI 3.0, "Lifespan Protocol" 2.0. What an application does outside of requests has no client
that could be told, so its errors go to the log.
"""

from __future__ import annotations

import asyncio
import atexit
import logging

from .._forms.event_loop import kept_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any, TypeAlias

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_ASGI = {"version": "3.0", "spec_version": "2.0"}
_ANSWERS = {
    each: {f"lifespan.{each}.complete", f"lifespan.{each}.failed"} for each in ("startup", "shutdown")
}


class Lifespan:
    """The lifespan of an application, from here to the end of the process, on the event loop of its requests.

    :param app: the application; one that does not support the protocol has none, as the specification has it
    :raises RuntimeError: when the application says that it failed to start
    """

    def __init__(self, app: Application) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._phase = "startup"
        self._taken = False
        self._loop = kept_loop()
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        # kept here, because the loop itself forgets its tasks
        self._task = self._loop.create_task(self._run())
        answer = self._loop.run_until_complete(self._tell("startup"))
        if answer and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application failed to start: {answer.get('message', '')}")
        if answer:
            atexit.register(self._end)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _ASGI, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            self._log(error)
        await self._from_app.put(None)

    async def _receive(self) -> Message:
        message = await self._to_app.get()
        self._taken = True
        return message

    async def _send(self, message: Message) -> None:
        if message["type"] not in _ANSWERS.get(self._phase, ()):
            expected = " or ".join(sorted(_ANSWERS.get(self._phase, {"no more"})))
            raise RuntimeError(f"expected {expected} of the application, got {message['type']!r}")
        self._phase += " answered"
        await self._from_app.put(message)

    async def _tell(self, phase: str) -> Message | None:
        self._phase = phase
        await self._to_app.put({"type": f"lifespan.{phase}"})
        return await self._from_app.get()

    def _log(self, error: Exception) -> None:
        logger = logging.getLogger()
        if not self._taken:
            # An application without a lifespan may raise anything at all when it is offered one.
            logger.info("the application has no lifespan: %s", type(error).__name__)
        elif self._phase == "startup":
            logger.warning("the application goes on without its lifespan, which failed", exc_info=error)
        else:
            logger.error("the lifespan of the application failed", exc_info=error)

    def _end(self) -> None:
        answer = self._loop.run_until_complete(self._tell("shutdown"))
        if answer and answer["type"] == "lifespan.shutdown.failed":
            logging.getLogger().error("the application failed to shut down: %s", answer.get("message", ""))
