"""Finds the known issues that a text is about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import log
from typing import TextIO

from .catalogue import KnownIssue, catalogue
from .phrases import WORD, Phrase, comparable, compile_phrase

#: Characters of a line that are looked at: a log may hold lines of any length.
LONGEST_LINE = 4096
#: Lines that are searched at once; the phrases are looked up in all of them together first.
BLOCK = 500
#: Characters up to which a text may be one error, wrapped, or a description. In a longer one, which is a log,
#: only whole lines count.
LONGEST_TEXT = 8192
#: Candidates that are named where none is certain.
MOST_CANDIDATES = 3
#: A text comes near a phrase with which it shares so many words, of this weight; longer ones do by chance.
LEAST_SHARED, NEAR, LONGEST_NEAR = 3, 0.7, 300

Searched = Sequence[tuple[KnownIssue, Phrase]]


@dataclass(frozen=True)
class Explanation:
    """An issue that a text is about.

    :param line: the first line that shows it
    :param count: number of lines that do
    :param sure: False for a candidate, where the text fits several issues or none by itself
    """

    issue: KnownIssue
    line: str
    count: int
    sure: bool = True


@lru_cache(maxsize=1)
def _phrases() -> Mapping[bool, Searched]:
    """Return the phrases by whether they are sure."""
    issues = catalogue().issues
    return {
        True: [(issue, compile_phrase(text)) for issue in issues for text in issue.patterns],
        False: [(issue, compile_phrase(text)) for issue in issues for text in issue.perhaps],
    }


def bounded(text: TextIO) -> Iterator[str]:
    """Yield the beginning of each line; what is longer than is looked at is read and forgotten."""
    begins = True
    while piece := text.readline(LONGEST_LINE):
        if begins:
            yield piece
        begins = piece.endswith("\n")


def find(lines: Iterable[str]) -> list[Explanation]:
    """Return the issues that lines of a text are about, the most frequent first.

    Some lines are held at a time, so a log may be of any length.

    >>> [each.issue.id for each in find(["curl: (18) transfer closed with outstanding read data remaining"])]
    ['cut']
    """
    first: dict[KnownIssue, str] = {}
    counts: Counter[KnownIssue] = Counter()
    head, size = [], 0
    pieces = iter(lines)
    while block := [line[:LONGEST_LINE] for line in islice(pieces, BLOCK)]:
        for line, issues in _search(block, _phrases()[True]):
            for issue in _without_general(issues):
                first.setdefault(issue, line)
                counts[issue] += 1
        size += sum(map(len, block))
        if size <= LONGEST_TEXT:
            head += block
    if size > LONGEST_TEXT:
        return [Explanation(issue, _shown(first[issue]), count) for issue, count in counts.most_common()]
    # a short text may be one error that was wrapped
    whole = " ".join(" ".join(head).split())
    for _, issues in _search([whole], _phrases()[True]):
        for issue in issues:
            first.setdefault(issue, whole)
            counts.setdefault(issue, 1)
    kept = _without_general(list(counts))
    if kept:
        ordered = sorted(kept, key=lambda issue: -counts[issue])
        return [Explanation(issue, _shown(first[issue]), counts[issue]) for issue in ordered]
    return [Explanation(issue, _shown(whole), 1, sure=False) for issue in _candidates(whole)]


def _candidates(text: str) -> list[KnownIssue]:
    """Return the issues that a short text may be about, where none is sure."""
    found = [issue for _, issues in _search([text], _phrases()[False]) for issue in issues]
    return (found or _near(text))[:MOST_CANDIDATES]


def _near(text: str) -> list[KnownIssue]:
    """Return the issues with a phrase of which a text has most of the words, the rare ones above all."""
    if len(text) > LONGEST_NEAR:
        return []
    words, rarity = set(WORD.findall(comparable(text))), _rarity()
    shares: dict[KnownIssue, float] = {}
    for issue, phrase in _phrases()[True]:
        shared = phrase.words & words
        if len(shared) >= LEAST_SHARED and len(phrase.words) > LEAST_SHARED:
            share = sum(rarity[each] for each in shared) / sum(rarity[each] for each in phrase.words)
            shares[issue] = max(shares.get(issue, 0.0), share)
    return sorted((each for each in shares if shares[each] >= NEAR), key=lambda issue: -shares[issue])[:2]


@lru_cache(maxsize=1)
def _rarity() -> Mapping[str, float]:
    """Return the weight of each word of the phrases: the logarithm of how few phrases have it."""
    phrases = _phrases()[True]
    counts = Counter(word for _, phrase in phrases for word in phrase.words)
    return {word: log(len(phrases) / count) for word, count in counts.items()}


def _search(lines: Sequence[str], phrases: Searched) -> Iterator[tuple[str, list[KnownIssue]]]:
    """Yield each line that has phrases, with their issues; the one with most phrases first."""
    text = comparable("\n".join(line.replace("\n", " ").replace("\r", " ") for line in lines))
    hits: dict[int, dict[KnownIssue, int]] = defaultdict(lambda: defaultdict(int))
    words = set(WORD.findall(text))
    for issue, phrase in phrases:
        if phrase.words <= words and phrase.needle in text:
            for start in phrase.starts(text):
                hits[text.count("\n", 0, start)][issue] += 1
    for number in sorted(hits):
        yield lines[number], sorted(hits[number], key=lambda issue: -hits[number][issue])


def _without_general(issues: Sequence[KnownIssue]) -> list[KnownIssue]:
    """Return the issues of a line without those that a more special one of them replaces."""
    replaced = {general for issue in issues for general in issue.rather_than}
    return [issue for issue in issues if issue.id not in replaced]


def _shown(line: str) -> str:
    return line.strip()[:200]
