"""Print the section of CHANGELOG.md for a tag: ``python scripts/release_notes.py v0.2.0``.

It fails where the tag, the version of pyproject.toml and a dated section of the changelog do not agree.
It needs the standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def notes(tag: str, pyproject: str, changelog: str) -> str:
    """Return the notes of a release.

    :param tag: the version with a ``v`` before it
    :param pyproject: the text of pyproject.toml
    :param changelog: the text of CHANGELOG.md
    :raises ValueError: with what does not agree
    """
    version = tag.removeprefix("v")
    found = re.search(r'^version = "(.+)"$', pyproject, re.MULTILINE)
    if not found or f"v{found[1]}" != tag:
        raise ValueError(f"the tag is {tag}, and pyproject.toml has version {found[1] if found else 'none'}")
    heading = re.compile(
        rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
    )
    section = heading.search(changelog)
    if not section or not section[1].strip():
        raise ValueError(f"CHANGELOG.md has no section '## {version} - YYYY-MM-DD' with changes")
    return section[1].strip() + "\n"


def main() -> None:
    """Print the notes, or end with the reason why there are none."""
    if len(sys.argv) != 2:
        sys.exit("usage: release_notes.py TAG")
    tag = sys.argv[1]
    try:
        text = notes(
            tag, (ROOT / "pyproject.toml").read_text("utf-8"), (ROOT / "CHANGELOG.md").read_text("utf-8")
        )
    except ValueError as error:
        sys.exit(f"release_notes.py: {error}")
    print(text, end="")


if __name__ == "__main__":
    main()
