"""Name what a template has and nobody here knows or supports."""

from __future__ import annotations

import math

from .lenient_json import Json


class UnsupportedError(ValueError):
    """Raised for a value that is not known, or not supported; names the resource and the property."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")


def finite_number(value: Json, where: str) -> float:
    """Return a value that should be a number, which may be given as text.

    :raises UnsupportedError: when it is not
    """
    try:
        found = float(str(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UnsupportedError(where, f"expected a number, got {value!r}")
    return found
