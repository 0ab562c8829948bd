"""Measure Base64 without decoding all of it."""

from __future__ import annotations

import re

#: RFC 4648, section 4.
BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")


def decoded_length(text: str) -> int | None:
    """Return the number of bytes that a Base64 text stands for, None when it is not Base64.

    >>> decoded_length("aGk="), decoded_length("hi!")
    (2, None)
    """
    if len(text) % 4 or not BASE64.match(text):
        return None
    return len(text) // 4 * 3 - text.count("=", -2)
