"""Read the clients' keys, and keep them for a while."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

_Value = TypeVar("_Value")
#: Characters of a key: what API Gateway takes as the value of an API key ("Amazon API Gateway quotas").
SHORTEST, LONGEST = 20, 128


def parse(secret: str) -> Mapping[str, str]:
    """Return the client names and their keys.

    :param secret: the text of the secret
    :raises ValueError: when it is not a JSON object of client names to keys, or a key cannot be used; the
        message names the client and shows no key
    """
    try:
        keys = json.loads(secret, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, _Pairs):
        raise ValueError("the secret must be a JSON object of client names to keys")
    clients: dict[str, str] = {}
    for name, key in keys:
        if not name or not name.isprintable():
            raise ValueError(f"name of a client must be printable and not empty, got {name!a:.80}")
        if name in clients.values():
            raise ValueError(f"client {name!a:.80} is in the secret twice")
        checked = _checked(name, key)
        if checked in clients:
            raise ValueError(f"clients {clients[checked]!a:.80} and {name!a:.80} must not have the same key")
        clients[checked] = name
    return {name: key for key, name in clients.items()}


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object, of which a dict would keep but the last of one name."""


def _checked(name: str, key: object) -> str:
    client = f"key of client {name!a:.80}"
    if not isinstance(key, str):
        raise ValueError(f"{client} must be a string")
    if key != key.strip():
        # clients strip them, and nobody sees why theirs is refused
        raise ValueError(f"{client} must not begin or end with a blank or a line end")
    if not key.isprintable():
        raise ValueError(f"{client} must consist of printable characters")
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"{client} must have {SHORTEST} to {LONGEST} characters, got {len(key)}")
    return key


class CachedKeys(Generic[_Value]):
    """Reads the keys when what it has is older than its time to live.

    During an outage of the store it goes on with what it has, up to a bound. Any other failure closes at
    once: a secret that is gone, denied or malformed is how somebody takes keys away.

    :param read: reads the keys; may raise
    :param ttl: how long they are kept, in seconds
    :param max_stale: the age in seconds, counted from when they were read, up to which keys bridge an outage;
        one below ``ttl`` counts as ``ttl``
    :param clock: seconds since the epoch; the monotonic clock may stand still in a frozen environment
    :param is_outage: whether a failure of ``read`` says nothing about the keys
    :param report: called with each failure that the old keys bridge
    """

    def __init__(
        self,
        read: Callable[[], Mapping[str, _Value]],
        *,
        ttl: float,
        max_stale: float,
        clock: Callable[[], float],
        is_outage: Callable[[Exception], bool],
        report: Callable[[Exception], None],
    ) -> None:
        self._read = read
        self._ttl = ttl
        self._max_stale = max(ttl, max_stale)
        self._clock = clock
        self._is_outage = is_outage
        self._report = report
        self._keys: Mapping[str, _Value] | None = None
        self._read_at = self._tried_at = 0.0

    def current(self) -> Mapping[str, _Value]:
        """Return the keys; those of before while an outage is bridged.

        :raises Exception: what ``read`` raised, when there are no keys that may still be used
        """
        now = self._clock()
        fresh = 0 <= now - self._tried_at < self._ttl and 0 <= now - self._read_at < self._max_stale
        if self._keys is None or not fresh:
            self._keys = self._read_again(now)
            self._tried_at = now
        return self._keys

    def _read_again(self, now: float) -> Mapping[str, _Value]:
        known, self._keys = self._keys, None
        try:
            keys = self._read()
        except Exception as error:
            usable = known is not None and 0 <= now - self._read_at < self._max_stale
            if known is None or not usable or not self._is_outage(error):
                raise
            self._report(error)
            return known
        self._read_at = now
        return keys
