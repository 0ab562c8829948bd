"""Say in one line why a function could not be bundled, with the exit code of the command."""

from __future__ import annotations

FAILED = 1
USAGE = 2
COULD_NOT_RUN = 3


class NotBundled(Exception):
    """A reason in one line.

    :param exit_code: 1 a package is not available, or the bundle is too large, 2 wrong usage, 3 could not run
    """

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(reason)
        self.exit_code = exit_code
