"""The pytest plugin with a stack that keeps its streams: the example of docs/testing.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from streaming_api_tools.local.services.dynamodb import MINISTACK
from tests.support.ministack import EXECUTABLE, ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
FILE = re.compile(r"`([\w/]+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)


def installed(cache: Path) -> Path:
    """Return a cache in which ministack is installed, as the plugin would install it."""
    folder = cache / MINISTACK.replace("==", "-")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "ministack").symlink_to(EXECUTABLE)
    (folder / ".installed").touch()
    return cache


def test_pytest_plugin_serves_the_table_of_a_store(tmp_path: Path) -> None:
    files = dict(FILE.findall(PAGE.partition("## Streams that are kept")[2]))
    assert set(files) == {"answers.py", "test_answers.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=tmp_path,
        env={**kept, "STREAMING_API_CACHE": str(installed(tmp_path / "cache"))},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
