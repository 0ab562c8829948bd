"""A function to bundle, for every file of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.wheels import SCRIPT, Project, wheel


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A function that needs a package with a script."""
    made = Project(tmp_path)
    files = {"one-1.0.dist-info/entry_points.txt": SCRIPT, "one/old.py": "print 'for Python 2'\n"}
    made.need(wheel(made.wheels, "one", files=files))
    return made
