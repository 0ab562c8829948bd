"""Defines the expected failures of a command: one line on stderr and an exit code that is contract."""

from __future__ import annotations

import errno
import sys
from typing import IO, Any

import click

from .printable import one_line


class ToolError(click.ClickException):
    """Raised for a failure that the user can act on; printed as one line, without a traceback."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr as one line."""
        # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
        click.echo(f"streaming-api: {one_line(self.format_message())}", file=file or sys.stderr)


class CheckFailed(ToolError):
    """Raised when a check failed."""

    exit_code = 1


class CouldNotRun(ToolError):
    """Raised when a command could not do its work: no connection, no credentials, no such file."""

    exit_code = 3


def cannot_listen(port: int, error: OSError) -> CouldNotRun:
    """Return the error of a server whose port is not available."""
    taken = error.errno == errno.EADDRINUSE
    why = "another program has it; choose one with --port" if taken else error.strerror or error
    return CouldNotRun(f"cannot listen on port {port}: {why}")
