"""Reading of JSON that somebody else wrote: what has not the expected type counts as absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: What ``json.loads`` returns.
Json = object


def mapping(value: Json) -> Mapping[str, Json]:
    """Return an object, empty when it is something else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Json) -> Sequence[Json]:
    """Return an array; a single value is an array of one, as in the policies of IAM."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def text(value: Json) -> str:
    """Return a text, empty when it is something else."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> int | None:
    """Return a whole number, which CloudFormation also takes as text; None when it is not known."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)


def flag(value: Json) -> bool:
    """Return a boolean, which CloudFormation also takes as text."""
    return str(value).lower() == "true"
