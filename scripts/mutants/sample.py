"""Choose the mutants, and read and write the list of them that is committed.

A mutant is known by its file, the text of its line, and what stands before and after the change, so that
lines may move. Those with the lowest hashes are chosen: a change of the code exchanges the mutants of the
lines it touches, and no others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from .modules import ROOT, judges, modules
from .places import Place, changed, numbered

LIST = Path(__file__).with_name("sample.json")
SEED = "15"
SIZE = 200
#: share of the list that may no longer be in the code
MOST_GONE = 0.05


@dataclass(frozen=True)
class Mutant:
    """One small change of the code.

    :param file: path of the module
    :param line: text of the line on which the change begins, without its indentation
    :param operator: kind of the change, one of ``places.OPERATORS``
    :param before: what stands there
    :param after: what takes its place
    :param number: among the changes of the module that read alike, from 0
    """

    file: str
    line: str
    operator: str
    before: str
    after: str
    number: int = 0

    def rank(self, seed: str) -> str:
        """Return the hash by which mutants are chosen."""
        return hashlib.sha256(json.dumps([seed, *asdict(self).values()]).encode()).hexdigest()

    def __str__(self) -> str:
        """Return it as a line for people."""
        before, after = (" ".join(each.split()) or "nothing" for each in (self.before, self.after))
        return f"{self.file}: {before} -> {after} in: {self.line}"


@dataclass(frozen=True)
class Judged:
    """A mutant of the list with what the last recorded run said of it.

    :param mutant: the change
    :param judges: the tests that judge it
    :param verdict: ``killed``, ``survived`` or ``equivalent``, None before a run was recorded
    """

    mutant: Mutant
    judges: tuple[str, ...]
    verdict: str | None = None


@cache
def mutants_of(file: str, text: str) -> Mapping[Mutant, Place]:
    """Return every mutant of a module and its place."""
    return {
        Mutant(file, line, place.operator, text[place.start : place.end], place.after, number): place
        for place, line, number in numbered(text)
    }


def population(root: Path = ROOT) -> Iterator[Mutant]:
    """Yield every mutant of the modules that are judged."""
    for module in modules(root):
        yield from mutants_of(module, (root / module).read_text("utf-8"))


def choose(seed: str = SEED, size: int = SIZE, root: Path = ROOT) -> list[Judged]:
    """Return a new list, by file."""
    chosen = sorted(population(root), key=lambda mutant: mutant.rank(seed))[:size]
    ordered = sorted(chosen, key=lambda mutant: (mutant.file, mutant.line, mutant.rank(seed)))
    return [Judged(mutant, judges(mutant.file)) for mutant in ordered]


def applied(mutant: Mutant, root: Path = ROOT) -> str | None:
    """Return the module with the change made, None if the place is no longer in the code."""
    file = root / mutant.file
    text = file.read_text("utf-8") if file.is_file() else ""
    place = mutants_of(mutant.file, text).get(mutant)
    return changed(text, place) if place else None


def load(file: Path = LIST) -> list[Judged]:
    """Return the committed list."""
    rows = json.loads(file.read_text("utf-8"))
    return [Judged(Mutant(**row["mutant"]), tuple(row["judges"]), row["verdict"]) for row in rows]


def save(found: Iterable[Judged], file: Path = LIST) -> None:
    """Write the list, a mutant a line, so that a change is read as one."""
    rows = [json.dumps(asdict(each)) for each in found]
    file.write_text("[\n" + ",\n".join(rows) + "\n]\n", "utf-8")
