"""Describe an oracle, and look up the versions that are pinned."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Oracle:
    """An oracle, and the imitation that is held against it.

    :param imitation: what of this repository
    :param oracle: what somebody else made, with its version
    :param cases: what is compared, counted
    :param suite: the file that compares
    :param differences: what differs and why
    """

    imitation: str
    oracle: str
    cases: str
    suite: str
    differences: tuple[str, ...] = ()


def python(name: str) -> str:
    """Return the version of a package that the tests run with."""
    return pinned("requirements-dev.txt", name)


def pinned(file: str, name: str) -> str:
    """Return the version of a package in a file of pins."""
    found = re.search(rf"^{re.escape(name)}==([\w.]+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert found, (file, name)
    return found[1]


def chromium() -> str:
    """Return the version of the browser."""
    package = json.loads((ROOT / "tests" / "pins" / "chromium" / "package.json").read_text("utf-8"))
    return str(package["dependencies"]["@sparticuz/chromium"])
