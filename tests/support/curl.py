"""Run curl, which few minimal systems lack."""

from __future__ import annotations

import shutil
import subprocess

import pytest

#: Seconds that no answer of a test takes.
PATIENCE = 60.0


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run curl to its end; skip the test where there is none."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    return subprocess.run(["curl", *arguments], capture_output=True, timeout=PATIENCE)
