"""Count what a run says of the listed mutants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from .sample import Judged

#: share of the mutants that are not equivalent which tests must kill
LEAST = 0.97


class Score(NamedTuple):
    """The counts of a run.

    :param killed: mutants for which a test fails
    :param survived: mutants for which none does
    :param equivalent: mutants that change nothing that a test could see
    :param left: mutants that no recorded run has judged
    """

    killed: int
    survived: int
    equivalent: int
    left: int

    @property
    def share(self) -> float:
        """The share of the killed among those that are not equivalent."""
        return self.killed / max(1, self.killed + self.survived)

    def __str__(self) -> str:
        """Return the counts in words."""
        told = self.killed + self.survived
        return f"{self.killed} of {told} killed ({self.share:.1%}), {self.equivalent} equivalent"


def score(found: Iterable[Judged]) -> Score:
    """Return the counts of a list of mutants that were judged."""
    counts = Counter(each.verdict for each in found)
    return Score(counts["killed"], counts["survived"], counts["equivalent"], counts[None])
