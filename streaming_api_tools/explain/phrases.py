"""Compiles the phrases of the catalogue, and makes texts comparable to them.

A phrase is found whatever the case, the kinds of quotes and the spaces. ``*`` is any text within 200
characters, ``%`` is a digit. A phrase begins and ends at the edge of a word, unless ``*`` is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: What the same text has or lacks, depending on where it was copied from.
SAME = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "`": None, "\u00a0": " "})
WORD = re.compile(r"\w+")
ANYTHING, DIGIT, SPACE = ".{0,200}?", "[0-9]", r"[ \t]+"


def comparable(text: str) -> str:
    r"""Return a text in the form in which phrases are searched.

    >>> comparable('Isn\u2019t a \\"Phrase\\"')
    'isn\'t a "phrase"'
    """
    return text.translate(SAME).replace('\\"', '"').lower()


@dataclass(frozen=True)
class Phrase:
    """A compiled phrase.

    :param words: its whole words; a text that lacks one is searched no further
    :param needle: its longest literal, likewise
    :param at_edge: whether it begins at the edge of a word
    """

    words: frozenset[str]
    needle: str
    at_edge: bool
    pattern: re.Pattern[str]

    def starts(self, text: str) -> Iterator[int]:
        """Yield where the phrase begins in a comparable text."""
        for found in self.pattern.finditer(text):
            start = found.start()
            # checked here, because an expression that begins with a literal is found ten times as fast
            if not (self.at_edge and start and WORD.fullmatch(text[start - 1])):
                yield start


def compile_phrase(text: str) -> Phrase:
    """Return a phrase, compiled.

    >>> list(compile_phrase("Timeout * between 50 ms").starts("timeout should be between 50 ms"))
    [0]

    :raises ValueError: for a phrase without three letters in a row, which would be found anywhere
    """
    parts = comparable(text).split()
    needle = max((each for part in parts for each in re.split(r"[*%]", part)), key=len)
    if len(needle) < 3:
        raise ValueError(f"a phrase must have a word of three characters, got {text!r}")
    spelled = [re.sub(r"\w*[*%]+\w*", " ", part) if part != "*" else "" for part in parts]
    words = frozenset(WORD.findall(" ".join(spelled)))
    at_edge = _is_word(parts[0][0])
    pattern = "".join(_pieces(parts)).removeprefix(ANYTHING).removesuffix(ANYTHING)
    return Phrase(words, needle, at_edge, re.compile(pattern + _edge(parts[-1][-1])))


def _pieces(words: Sequence[str]) -> Iterator[str]:
    """Yield the regular expression of a phrase, piece by piece."""
    for number, word in enumerate(words):
        if word == "*" and 0 < number < len(words) - 1:
            # between words: what stands there may begin with a punctuation mark, and may be nothing
            yield _edge(words[number - 1][-1]) + ANYTHING + _edge(words[number + 1][0], before=True)
            continue
        if number and words[number - 1] != "*":
            yield SPACE
        yield "".join({"*": ANYTHING, "%": DIGIT}.get(each) or re.escape(each) for each in word)


def _edge(character: str, *, before: bool = False) -> str:
    """Return the condition that a word ends, or begins, at a character."""
    if not _is_word(character):
        return ""
    return r"(?<!\w)" if before else r"(?!\w)"


def _is_word(character: str) -> bool:
    return character in "_%" or character.isalnum()
