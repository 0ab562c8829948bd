"""Invoke a function over a Runtime API, and note when each byte of its response came."""

from __future__ import annotations

import time

from tests.support import runtime_api

TIMEOUT = 30.0
#: Pieces of a response with the nanosecond of the monotonic clock at which each came.
Arrivals = list[tuple[int, bytes]]


class RuntimeApi:
    """Serves one function, one invocation after the other, for ``with``."""

    def __init__(self) -> None:
        self._api = runtime_api.RuntimeApi()
        self.port = self._api.port

    def __enter__(self) -> RuntimeApi:
        self._api.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._api.__exit__(None, None, None)

    def wait_for_next(self) -> int:
        """Return when the function has asked for its next invocation."""
        return self._api.wait_for_poll()

    def invoke(self, event: object) -> tuple[int, Arrivals]:
        """Give the function that has asked an event; return when it got it, and its response as it came."""
        started = time.monotonic_ns()
        response = self._api.invoke(event).wait()
        return started, list(zip(response.moments, response.chunks, strict=True))
