"""Run the Bedrock stand-in that is shipped in a thread, with its tokens in the hands of the test."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from streaming_api_tools.local.services.bedrock.converse import LanguageModel, Pace
from streaming_api_tools.local.services.bedrock.directives import default_script
from streaming_api_tools.local.services.bedrock.script import Script
from streaming_api_tools.local.services.bedrock.server import BedrockServer, BedrockStandin
from tests.support.gateway import PATIENCE


class Paced:
    """Holds the tokens of a stand-in until the test lets them go."""

    def __init__(self) -> None:
        self._allowed: queue.Queue[None] = queue.Queue()

    async def __call__(self, index: int) -> None:
        """Wait for the test."""
        await asyncio.to_thread(self._allowed.get, timeout=PATIENCE)

    def let_go(self) -> None:
        """Let the next token go."""
        self._allowed.put(None)


class Held:
    """Holds every answer of the model at the same token, which the test sets."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        #: How many answers were begun.
        self.asked = 0

    async def __call__(self, index: int) -> None:
        """Wait until the test lets a token go; after a test that failed, not for ever."""
        self.asked += index == 0
        await asyncio.to_thread(self._wait, index)

    def allow(self, number: int) -> None:
        """Let so many tokens of an answer go, and hold the next."""
        with self._changed:
            self._number = number
            self._changed.notify_all()

    def _wait(self, index: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: index < self._number, PATIENCE)


async def at_once(index: int) -> None:
    """Let every token go."""


def standin(pace: Pace = at_once, script: Script = default_script) -> AbstractContextManager[str]:
    """Run a stand-in in a thread and give its endpoint URL."""
    return serving(lambda: BedrockStandin(pace, script))


def model_server(model: LanguageModel) -> AbstractContextManager[str]:
    """Run the operations of Bedrock for a model in a thread and give the endpoint URL."""
    return serving(lambda: BedrockServer(model))


@contextmanager
def serving(make: Callable[[], BedrockServer]) -> Iterator[str]:
    """Run a server in a thread and yield its endpoint URL."""
    started: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def main() -> None:
        bedrock, stop = make(), asyncio.Event()
        started.put((await bedrock.start(), asyncio.get_running_loop(), stop))
        await stop.wait()
        await bedrock.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    url, loop, stop = started.get(timeout=PATIENCE)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
