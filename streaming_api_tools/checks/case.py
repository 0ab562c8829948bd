"""What one check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
