"""Defines the expected failures of a command: one line on stderr and an exit code that is contract."""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, Any

import click

from .printable import one_line

#: Environment variable with the name of the variable of make that options go through.
FLAGS = "STREAMING_API_FLAGS"


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
    choose = "choose one with --port"
    if variable := os.environ.get(FLAGS):
        # set by the Makefile: an option cannot be added to `make local`
        choose += f", as in {variable}='--port {port + 1 if port < 65535 else 0}'"
    taken = error.errno == errno.EADDRINUSE
    why = f"another program has it; {choose}" if taken else error.strerror or error
    return CouldNotRun(f"cannot listen on port {port}: {why}")
