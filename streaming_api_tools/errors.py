"""What a command expects to go wrong: one line on stderr and an exit code that scripts can rely on."""

from __future__ import annotations

import errno
import sys
from typing import IO, Any

import click

from .printable import one_line


class ToolError(click.ClickException):
    """A failure that the user can act on; shown as one line, without a traceback."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr as one line."""
        # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
        click.echo(f"streaming-api: {one_line(self.format_message())}", file=file or sys.stderr)


class CheckFailed(ToolError):
    """The thing that was looked at is not as it should be."""

    exit_code = 1


class CouldNotRun(ToolError):
    """The command never got as far as looking: no connection, no credentials, no such file."""

    exit_code = 3


def cannot_listen(port: int, error: OSError) -> CouldNotRun:
    """Return the failure of a server that does not get its port."""
    taken = error.errno == errno.EADDRINUSE
    why = "another program has it; choose one with --port" if taken else error.strerror or error
    return CouldNotRun(f"cannot listen on port {port}: {why}")
