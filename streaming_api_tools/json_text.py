"""Parse JSON from clients and functions, which may be anything."""

from __future__ import annotations

import json


def parse_json(text: str | bytes) -> object:
    """Return the value of a JSON text.

    :raises ValueError: when it is not JSON, or nested deeper than Python reads

    >>> parse_json("[" * 100_000)
    Traceback (most recent call last):
    ValueError: nested too deeply
    """
    try:
        value: object = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value
