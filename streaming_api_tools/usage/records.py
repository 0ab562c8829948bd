"""Reads records of usage from lines of a log, whatever stands before them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

# In every record.
_MARK = "usage"
# Braces of a line that may begin a record, at most.
_MOST_TRIED = 8
#: What of a record a caller is named by: the first that there is.
_NAMES = ("name", "id", "kind")
UNKNOWN = "-"
# What the tokens of a request are the sum of.
_TOTAL = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
BY = ("caller", "model", "route")


@dataclass(frozen=True)
class Sample:
    """The numbers of one or several requests that a report adds up.

    :param group: the caller, the model or the route
    :param at: seconds since the epoch
    :param priced: how many of the requests have a cost
    :param first_token_ms: the sum of the times to the first token
    :param timed: how many of the requests have such a time
    """

    group: str
    at: float
    requests: int = 1
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float = 0.0
    priced: int = 0
    first_token_ms: float = 0.0
    timed: int = 0


def read_records(lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    """Yield the records in lines of a log, however they are spaced; every other line is passed over.

    A record may follow other words, such as a time, and may be the ``message`` of Lambda's JSON format.
    """
    for line in lines:
        if _MARK in line and (record := _record_in(line)):
            yield record


def _record_in(text: str, within: int = 1) -> Mapping[str, object] | None:
    decoder, begin = json.JSONDecoder(), -1
    for _ in range(_MOST_TRIED):
        if (begin := text.find("{", begin + 1)) < 0:
            return None
        try:
            found, _end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        message = found.get("message")
        if found.get("event") == "usage":
            return dict(found)
        if isinstance(message, dict) and message.get("event") == "usage":
            return dict(message)
        if isinstance(message, str) and within:
            return _record_in(message, within - 1)
    return None


def sample_of(record: Mapping[str, object], by: str) -> Sample:
    """Return what a report adds up of a record.

    :param by: one of :data:`BY`
    """
    emf, total = record.get("_aws"), record.get("total_tokens")
    if not _is_number(total):
        total = sum(_number(record.get(name)) for name in _TOTAL)
    cost, first = record.get("cost_usd"), record.get("time_to_first_token_ms")
    return Sample(
        group_of(record, by),
        _number(emf.get("Timestamp") if isinstance(emf, dict) else None) / 1000,
        errors=int("error" in record),
        input_tokens=int(_number(record.get("input_tokens"))),
        output_tokens=int(_number(record.get("output_tokens"))),
        cached_tokens=int(_number(record.get("cache_read_tokens"))),
        total_tokens=int(_number(total)),
        cost_usd=_number(cost),
        priced=int(_is_number(cost)),
        first_token_ms=_number(first),
        timed=int(_is_number(first)),
    )


def group_of(record: Mapping[str, object], by: str) -> str:
    """Return the caller, the model or the route of a record."""
    value = record.get(by)
    if by == "caller":
        return caller_name(value if isinstance(value, dict) else {})
    return value if isinstance(value, str) and value else UNKNOWN


def caller_name(caller: Mapping[str, object]) -> str:
    """Return what a caller is called: its name, else its id, else its kind."""
    return next((value for name in _NAMES if isinstance(value := caller.get(name), str) and value), UNKNOWN)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
