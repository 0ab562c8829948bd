"""Find a function's own files and their hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from .errors import USAGE, NotBundled
from .manifest import Inputs, Options
from .requirements import NAME as REQUIREMENTS

#: files that Lambda has no use for
_NEVER = ("__pycache__", "*.py[co]", ".*", REQUIREMENTS, "requirements.in")


def inputs_of(source: Path, options: Options) -> Inputs:
    """Return everything that a bundle would be made of now.

    :raises NotBundled: when there is no such folder
    """
    if not source.is_dir():
        raise NotBundled(f"{source} is not a folder", USAGE)
    requirements = source / REQUIREMENTS
    locked = digest(requirements.read_bytes()) if requirements.is_file() else ""
    return Inputs(options, hashes(source, options.exclude), locked)


def hashes(folder: Path, excluded: Sequence[str]) -> dict[str, str]:
    """Return the hash of each file that is bundled, by its path in the folder.

    :param excluded: patterns of names, or of paths, that stay out
    :raises NotBundled: for a symbolic link, since its target is another file on each machine
    """
    return {name: digest((folder / name).read_bytes()) for name in sorted(_names(folder, excluded))}


def digest(content: bytes) -> str:
    """Return a hash as manifests have it.

    >>> digest(b"")[:16]
    'sha256:e3b0c4429'
    """
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _names(folder: Path, excluded: Sequence[str]) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        at = Path(here).relative_to(folder)
        taken = [name for name in folders if not _is_out((at / name).as_posix(), excluded)]
        folders[:] = taken
        for name in [*taken, *files]:
            path = (at / name).as_posix()
            if _is_out(path, excluded):
                continue
            if (folder / path).is_symlink():
                raise NotBundled(f"{path} is a symbolic link; put the file itself into {folder}", USAGE)
            if name not in taken:
                yield path


def _is_out(path: str, excluded: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatch(name, each) for each in (*_NEVER, *excluded)) or any(
        fnmatch(path, each) for each in excluded
    )
