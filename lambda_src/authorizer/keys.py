"""Read the clients' keys, and keep them for a while."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping


def parse(secret: str) -> Mapping[str, str]:
    """Return the client names and their keys.

    :param secret: the text of the secret.
    :raises ValueError: when it is not a JSON object of texts, or a key is empty; the message tells no key.
    """
    try:
        keys = json.loads(secret)
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(key, str) and key for key in keys.values()):
        raise ValueError("the secret must be a JSON object of client names to keys")
    return keys


class CachedKeys:
    """Reads the keys when what it has is older than its time to live.

    :param read: reads them; may raise.
    :param ttl: how long they are kept, in seconds.
    :param clock: seconds that never go back.
    :param report: told of a failure that the old keys bridge.
    """

    def __init__(
        self,
        read: Callable[[], Mapping[str, str]],
        ttl: float,
        clock: Callable[[], float],
        report: Callable[[Exception], None],
    ) -> None:
        self._read = read
        self._ttl = ttl
        self._clock = clock
        self._report = report
        self._keys: Mapping[str, str] | None = None
        self._expires = 0.0

    def current(self) -> Mapping[str, str]:
        """Return the keys; those of before when they cannot be read again."""
        now = self._clock()
        if self._keys is None or now >= self._expires:
            try:
                self._keys = self._read()
            except Exception as error:
                if self._keys is None:
                    raise
                self._report(error)
            self._expires = now + self._ttl
        return self._keys
