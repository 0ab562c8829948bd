"""Take the notes of a release from the changelog, and only where every version agrees."""

from __future__ import annotations

import pytest
from release_notes import notes

PYPROJECT = '[project]\nname = "x"\nversion = "0.2.0"\n'
CHANGELOG = """# Changelog

## Unreleased

- later

## 0.2.0 - 2026-12-01

### Added

- a

## 0.1.0 - 2026-11-01

- b
"""


def test_notes_are_the_section_of_the_version() -> None:
    assert notes("v0.2.0", PYPROJECT, CHANGELOG) == "### Added\n\n- a\n"


@pytest.mark.parametrize(
    ("tag", "changelog", "reason"),
    [
        ("v0.3.0", CHANGELOG, "pyproject.toml has version 0.2.0"),
        ("0.2.0", CHANGELOG, "the tag is 0.2.0"),
        ("v0.2.0", CHANGELOG.replace("0.2.0 - 2026-12-01", "Unreleased"), "has no section"),
        ("v0.2.0", CHANGELOG.replace("### Added\n\n- a\n", ""), "has no section"),
    ],
)
def test_notes_of_versions_that_disagree_are_refused(tag: str, changelog: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        notes(tag, PYPROJECT, changelog)
