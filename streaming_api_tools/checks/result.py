"""What one check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..printable import one_line

PASSED, FAILURE, ERROR, SKIPPED = "passed", "failure", "error", "skipped"


@dataclass(frozen=True)
class Case:
    """One check.

    :param outcome: ``passed``, ``failure``, ``error`` (it could not be told) or ``skipped``
    :param message: what was seen, or why it was not looked at
    """

    name: str
    outcome: str
    message: str
    properties: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep what a server said from being obeyed by a terminal."""
        object.__setattr__(self, "message", one_line(self.message))
