"""Keep values for a time, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TtlCache(Generic[Key, Value]):
    """Keeps values until they expire, or until there are too many after them.

    >>> kept: TtlCache[str, int] = TtlCache(limit=2, clock=lambda: 0.0)
    >>> for number, name in enumerate("abc"):
    ...     kept.put(name, number, 5)
    >>> kept.get("a"), kept.get("c")
    (None, 2)

    :param limit: the most values that are kept
    :param clock: seconds
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        """Return a value unless it has expired."""
        until, value = self._kept.get(key, (0.0, None))
        return value if self._clock() < until else None

    def put(self, key: Key, value: Value, seconds: float) -> None:
        """Keep a value for some seconds."""
        self._kept.pop(key, None)
        if len(self._kept) >= self._limit:
            # the first is the oldest
            del self._kept[next(iter(self._kept))]
        self._kept[key] = self._clock() + seconds, value
