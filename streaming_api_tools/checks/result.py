"""Holds the result of one check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..measure import verdicts
from ..measure.verdicts import Verdict
from ..printable import one_line

PASSED, FAILURE, ERROR, SKIPPED = "passed", "failure", "error", "skipped"


def outcome_of(verdict: Verdict) -> str:
    """Return the outcome of a check that has a verdict: what cannot be decided is an error, not a failure."""
    passed_or_failed = {verdicts.PASSED: PASSED, verdicts.FAILED: FAILURE}
    return passed_or_failed.get(verdicts.OUTCOMES[verdict].exit_code, ERROR)


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    :param outcome: ``passed``, ``failure``, ``error`` (undecided) or ``skipped``
    :param message: the observation, or the reason why the check was skipped
    :param kind: the kind of a failure or an error, such as a verdict. Default: the name of the check
    :param next_step: what to do about a failure or an error. Default: - not known
    :param seconds: how long it took. Default: 0
    """

    name: str
    outcome: str
    message: str
    properties: Mapping[str, object] = field(default_factory=dict)
    kind: str = ""
    next_step: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Remove from the message what a terminal would obey: it may come from a server."""
        object.__setattr__(self, "message", one_line(self.message))
