"""Guard the output of a command: an exit code of 1 must not blame an API for a full disk."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import TextIO, cast

#: What a shell reports for a process that ended by SIGPIPE.
PIPE_CLOSED = 141
COULD_NOT_WRITE = 3


class OutputBroken(Exception):
    """Raised when stdout or stderr cannot be written.

    It is no OSError: click and rich end the process with 1 for one of those.

    :param cause: why
    """

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"cannot write the output: {cause.strerror}")
        self.cause = cause


def guarded(program: str, main: Callable[[], int], errors: str = "replace") -> int:
    """Run a command, and return its exit code or that of an output which cannot be written.

    A reader that leaves, such as ``head``, ends the command with 141 and without a word, a full disk with
    3 and one line on stderr.

    :param program: name of the command, for that line
    :param errors: what becomes of characters that the terminal's encoding lacks, as for :func:`open`
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _guard(sys.stdout, errors, line_buffering=sys.stdout.isatty())
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _guard(sys.stderr, errors, line_buffering=True)
    try:
        code = main()
        if sys.stdout:
            sys.stdout.flush()
        return code
    except OutputBroken as failure:
        return _end(program, failure)


def _end(program: str, failure: OutputBroken) -> int:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())  # what is left in the buffers goes there
    if failure.cause.errno == errno.EPIPE:
        return PIPE_CLOSED
    try:
        print(f"{program}: {failure}", file=sys.stderr)
    except OutputBroken:
        os.dup2(nowhere, sys.stderr.fileno())
    return COULD_NOT_WRITE


class _Descriptor(io.FileIO):
    """A file descriptor of the process, which stays open, and whose failures are no OSErrors."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except OSError as failure:
            raise OutputBroken(failure) from None


def _guard(stream: TextIO, errors: str, *, line_buffering: bool) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(cast(io.RawIOBase, _Descriptor(stream.fileno()))),
        encoding=stream.encoding,
        errors=errors,
        line_buffering=line_buffering,
    )
