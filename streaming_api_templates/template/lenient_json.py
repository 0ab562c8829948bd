"""Read JSON that somebody else wrote: a value of an unexpected type counts as absent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

#: What ``json.loads`` returns.
Json = object
#: A whole number with more digits is no timeout and no size; Python refuses to read some of them.
_MAX_DIGITS = 18


def mapping(value: Json) -> Mapping[str, Json]:
    """Return an object, empty when it is something else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Json) -> Sequence[Json]:
    """Return an array; a single value is an array of one, as in the policies of IAM."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def pair(value: Json) -> tuple[Json, Json]:
    """Return the first two items of an array, None for those that are missing."""
    first, second, *_ = (*items(value), None, None)
    return first, second


def text(value: Json) -> str:
    """Return a text, empty when it is something else."""
    return value if isinstance(value, str) else ""


def texts(members: Mapping[str, Json], **defaults: str) -> list[str]:
    """Return members of an object as texts, in the order of the defaults.

    :param defaults: name -> text of a member that is missing

    >>> texts({"Type": "MOCK", "Uri": 1}, Type="", Uri="", Mode="BUFFERED")
    ['MOCK', '', 'BUFFERED']
    """
    return [text(members.get(name, default)) for name, default in defaults.items()]


def number(value: Json) -> int | None:
    """Return a whole number, which CloudFormation also takes as text; None when it is not known."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MAX_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def flag(value: Json) -> bool:
    """Return a boolean, which CloudFormation also takes as text."""
    return str(value).lower() == "true"
