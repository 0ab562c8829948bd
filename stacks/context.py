"""Read typed values from the CDK's context: JSON in cdk.json, text on the command line."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection


def check_names(found: Collection[str], names: Collection[str], where: str) -> None:
    """Refuse names that nobody reads.

    :param found: the names that are there.
    :param names: the names that are read.
    :param where: what has them, for the message.
    :raises ValueError: with the nearest name for the first that is not known.
    """
    for key in sorted(set(found) - set(names)):
        near = difflib.get_close_matches(key, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the settings are {', '.join(names)}"
        raise ValueError(f"{where} has no setting '{key}'; {hint}")


def text(key: str, value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise refusal(key, "a text", value)
    return value.strip()


def texts(key: str, value: object) -> tuple[str, ...]:
    """Return the texts of a list, or of a comma-separated text, which may be empty."""
    items = ([] if value == "" else value.split(",")) if isinstance(value, str) else value
    if not isinstance(items, list):
        raise refusal(key, "a list or a comma-separated text", value)
    return tuple(text(key, item) for item in items)


def number(key: str, value: object) -> float:
    """Return a number above 0."""
    try:
        found = float(str(value))
    except ValueError:
        found = 0
    if isinstance(value, bool) or not 0 < found < math.inf:
        raise refusal(key, "a number above 0", value)
    return found


def whole(key: str, value: object) -> int:
    """Return a whole number above 0."""
    found = number(key, value)
    if not found.is_integer():
        raise refusal(key, "a whole number", value)
    return int(found)


def flag(key: str, value: object) -> bool:
    """Return true or false."""
    # -c hands over texts
    flags = {"true": True, "false": False}
    if str(value).lower() not in flags:
        raise refusal(key, "true or false", value)
    return flags[str(value).lower()]


def refusal(key: str, wanted: str, value: object) -> ValueError:
    """Return the error for a value of another kind."""
    return ValueError(f"context '{key}' must be {wanted}, got {value!r}")
