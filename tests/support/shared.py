"""Make what is expensive once for all processes of a run: each worker of pytest-xdist has its own session."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time into a ``with`` block."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of the run that whoever asks first has filled.

    :param make: gets the path of the folder, which is not there yet
    """
    base = folders.getbasetemp()
    # a worker has a folder in that of the run
    folder = (base.parent if base.name.startswith("popen-") else base) / name
    with locked(folder.with_name(f"{name}.lock")):
        done = folder.with_name(f"{name}.done")
        if not done.exists():
            make(folder)
            done.touch()
    return folder
