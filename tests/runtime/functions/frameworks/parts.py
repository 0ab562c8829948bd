"""What the applications of all frameworks answer."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator

COUNT = 3


def _wait() -> None:
    if "GATE_FD" in os.environ:  # a server that is compared with has no gate
        from tests.runtime.functions import gate

        gate.wait()


def events() -> Iterator[str]:
    """Yield server-sent events, each when the test lets it go."""
    for number in range(COUNT):
        yield f"data: {number}\n\n"
        _wait()


async def events_async() -> AsyncIterator[str]:
    """Yield the same from a coroutine, whose event loop goes on."""
    for number in range(COUNT):
        yield f"data: {number}\n\n"
        await asyncio.to_thread(_wait)


def received(name: str, content: bytes) -> str:
    """Return what was uploaded."""
    return f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}"
