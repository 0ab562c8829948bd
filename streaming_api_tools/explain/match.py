"""Finds what a pasted text is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TextIO

from .catalogue import PAINS
from .pain import Pain

#: Characters of a line that are looked at: a log may hold lines of any length.
LONGEST_LINE = 4096


@dataclass(frozen=True)
class Match:
    """An entry that a text is about, and the first line that says so."""

    pain: Pain
    line: str
    count: int


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Pain, re.Pattern[str]], ...]:
    return tuple((pain, re.compile("|".join(pain.patterns), re.IGNORECASE)) for pain in PAINS)


def bounded(text: TextIO) -> Iterator[str]:
    """Yield the beginning of each line; what is longer than is looked at is read and forgotten."""
    begins = True
    while piece := text.readline(LONGEST_LINE):
        if begins:
            yield piece
        begins = piece.endswith("\n")


def find(lines: Iterable[str]) -> list[Match]:
    """Return the entries that lines of a text are about, the most frequent first.

    One line is held at a time, so a log may be of any length.

    >>> [match.pain.id for match in find(["curl: (18) transfer closed with outstanding read data remaining"])]
    ['cut']
    """
    first: dict[str, str] = {}
    counts: dict[str, int] = {}
    pains: dict[str, Pain] = {}
    for line in lines:
        for pain in _about(line[:LONGEST_LINE]):
            pains[pain.id] = pain
            first.setdefault(pain.id, line.strip()[:200])
            counts[pain.id] = counts.get(pain.id, 0) + 1
    ordered = sorted(pains, key=lambda id: -counts[id])
    return [Match(pains[id], first[id], counts[id]) for id in ordered]


def _about(line: str) -> Iterator[Pain]:
    return (pain for pain, pattern in _patterns() if pattern.search(line))
