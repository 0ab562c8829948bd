"""Keep the keys of an issuer for a while, and ask for them again when one is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .signature import RsaKey

#: Seconds after which keys are not used any more, whatever happens: how long a key that the issuer took back
#: can go on verifying tokens.
MAX_AGE = 3600.0
#: Seconds after which they are read again; there is then time to fail in.
REFRESH_AFTER = 1800.0
#: Seconds between two attempts while there are keys: an unknown id costs nobody more than one request.
ASK_AGAIN_AFTER = 60.0
#: Seconds between two attempts while there are none.
TRY_AGAIN_AFTER = 5.0


class UnavailableError(Exception):
    """Raised when there are no keys to verify a token with, so that nobody is let in."""


class CachedKeys:
    """Finds keys by their ids.

    :param read: reads the key set; raises OSError or ValueError
    :param clock: seconds since the epoch; the monotonic clock may stand still in a frozen environment
    :param report: called with the error of each attempt that the keys of before bridge
    """

    def __init__(
        self,
        read: Callable[[], Mapping[str, RsaKey]],
        *,
        clock: Callable[[], float],
        report: Callable[[Exception], None],
    ) -> None:
        self._read = read
        self._clock = clock
        self._report = report
        self._keys: Mapping[str, RsaKey] | None = None
        self._read_at = 0.0
        self._tried_at: float | None = None

    def find(self, kid: str) -> RsaKey | None:
        """Return the key with an id, or None where the issuer has none.

        :raises UnavailableError: when the keys cannot be read, and those of before are too old
        """
        now = self._clock()
        age = now - self._read_at
        if not 0 <= age < MAX_AGE:
            self._keys = None
        if self._keys is None:
            self._read_first(now)
        elif (kid not in self._keys or age >= REFRESH_AFTER) and self._may_try(now, ASK_AGAIN_AFTER):
            try:
                self._read_at_once(now)
            except (OSError, ValueError) as error:
                self._report(error)
        return self._keys.get(kid) if self._keys else None

    def _read_first(self, now: float) -> None:
        if not self._may_try(now, TRY_AGAIN_AFTER):
            raise UnavailableError("the key set could not be read a moment ago")
        try:
            self._read_at_once(now)
        except (OSError, ValueError) as error:
            raise UnavailableError(f"the key set cannot be read: {error}") from error

    def _read_at_once(self, now: float) -> None:
        self._tried_at = now
        self._keys = self._read()
        self._read_at = now

    def _may_try(self, now: float, pause: float) -> bool:
        return self._tried_at is None or not 0 <= now - self._tried_at < pause
