"""Read a requirements file with the hashes of all its files, and take what one environment needs of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .errors import USAGE, NotBundled
from .markers import applies

NAME = "requirements.txt"
#: options that name where packages are, which both installers take in a file
_INDEXES = ("--index-url", "-i ", "--extra-index-url", "--find-links", "-f ", "--no-index", "--trusted-host")


class Requirement(NamedTuple):
    """A line of the file: ``name==version; marker --hash=...``."""

    wanted: str
    marker: str
    hashes: tuple[str, ...]


class Requirements(NamedTuple):
    """A requirements file.

    :param options: lines that say where packages are
    :param others: lines that name other files, folders or versions without ``==``
    """

    packages: tuple[Requirement, ...]
    options: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def is_locked(self) -> bool:
        """Tell whether each package has hashes, and there is nothing else."""
        return not self.others and all(each.hashes for each in self.packages)


def read(text: str) -> Requirements:
    r"""Return the lines of a requirements file.

    >>> read("six==1.17.0 ; python_version < '3.99' \\\n  --hash=sha256:00").packages[0].marker
    "python_version < '3.99'"
    """
    packages, options, others = [], [], []
    for line in _logical_lines(text):
        if line.startswith(_INDEXES):
            options.append(line)
        elif line.startswith("-"):
            others.append(line)
        else:
            hashes = tuple(re.findall(r"--hash[= ](\S+)", line))
            wanted, _, marker = re.sub(r"\s*--hash[= ]\S+", "", line).partition(";")
            packages.append(Requirement(wanted.strip(), marker.strip(), hashes))
    return Requirements(tuple(packages), tuple(options), tuple(others))


def needed(requirements: Requirements, environment: Mapping[str, str]) -> list[Requirement]:
    """Return the packages of a lock that an environment needs.

    :param environment: the variables of markers
    :raises NotBundled: for a marker that cannot be evaluated
    """
    try:
        return [
            each for each in requirements.packages if not each.marker or applies(each.marker, environment)
        ]
    except ValueError as unknown:
        raise NotBundled(f"{NAME}: {unknown}", USAGE) from None


def lines(packages: list[Requirement], options: tuple[str, ...]) -> str:
    """Return the text of a requirements file without markers."""
    wanted = [" ".join([each.wanted, *(f"--hash={it}" for it in each.hashes)]) for each in packages]
    return "\n".join([*options, *wanted]) + "\n"


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines without comments; one that ends with a backslash goes on in the next."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if stripped := re.sub(r"(^|\s)#.*", "", line).strip():
            yield stripped
