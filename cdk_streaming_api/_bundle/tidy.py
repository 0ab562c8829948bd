"""Make a folder the same on every machine: without what installers leave behind, and with fixed times."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from .manifest import NAME as MANIFEST

#: the first second that a zip file can have, 1980-01-01
EPOCH = 315532800
#: about the install, not about the package: who installed it, from where, and whether it was asked for
_ABOUT_INSTALL = {"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}


def remove_installers_traces(folder: Path) -> None:
    """Remove from installed packages what differs between two installs.

    Scripts begin with the path of the Python that installed them; Lambda starts none.
    """
    for path in list(folder.iterdir()):
        if path.name.startswith(".") or path.name == "bin":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    remove_bytecode(folder)
    for information in folder.glob("*.dist-info"):
        for name in _ABOUT_INSTALL:
            (information / name).unlink(missing_ok=True)
        if (record := information / "RECORD").exists():
            record.write_bytes(_record(record.read_text("utf-8"), folder).encode())


def remove_bytecode(folder: Path) -> None:
    """Remove all bytecode from a folder."""
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for path in list(folder.rglob("*.py[co]")):
        path.unlink()


def packages(folder: Path) -> tuple[str, ...]:
    """Return the packages that are installed in a folder, such as ``six==1.17.0``."""
    names = sorted(path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info"))
    return tuple("==".join(name.rsplit("-", 1)) for name in names)


def files(folder: Path) -> list[Path]:
    """Return the files of a bundle in one order, without its manifest."""
    found = (Path(here) / name for here, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path != folder / MANIFEST)


def normalize(folder: Path) -> None:
    """Give all files the same time and one of two modes, and remove empty folders."""
    for here, _, _ in os.walk(folder, topdown=False):
        if Path(here) != folder and not os.listdir(here):
            os.rmdir(here)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def content(folder: Path) -> str:
    """Return the hash of the names, modes and bytes of a bundle."""
    whole = hashlib.sha256()
    for path in files(folder):
        mode = "x" if os.access(path, os.X_OK) and os.name != "nt" else "-"
        name = path.relative_to(folder).as_posix()
        whole.update(f"{mode} {name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file and folder at the top of a bundle."""
    found: dict[str, int] = {}
    for path in files(folder):
        top = path.relative_to(folder).parts[0]
        found[top] = found.get(top, 0) + path.stat().st_size
    return found


def _record(text: str, folder: Path) -> str:
    """Return a RECORD with what is there: https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    there = sorted(line for line in text.splitlines() if (folder / _path(line)).exists())
    return "".join(f"{line}\n" for line in _without_hashes_of_itself(there))


def _path(line: str) -> str:
    quoted = re.match(r'"((?:[^"]|"")*)",', line)
    return quoted[1].replace('""', '"') if quoted else line.partition(",")[0]


def _without_hashes_of_itself(lines: list[str]) -> Iterator[str]:
    for line in lines:
        path = _path(line)
        yield f"{path},," if path.endswith(".dist-info/RECORD") else line
