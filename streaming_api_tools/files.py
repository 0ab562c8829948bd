"""Writes the files of the commands."""

from __future__ import annotations

from pathlib import Path

from .errors import CouldNotRun


def write_text(path: Path, text: str) -> None:
    """Write a file as UTF-8.

    :raises CouldNotRun: when that is not possible
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise CouldNotRun(f"{path} cannot be written: {failure.strerror}") from failure
