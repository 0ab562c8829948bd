"""Show how far an install is: pip alone is silent for minutes, or prints hundreds of lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import install
from install import Progress, packages_in, run

from tests.support.wheels import wheel

PIP = """\
Collecting aws-cdk-lib==2.275.0 (from -r requirements-deploy.txt (line 10))
  Downloading aws_cdk_lib-2.275.0-py3-none-any.whl (48.1 MB)
Collecting attrs==26.1.0
  Using cached attrs-26.1.0-py3-none-any.whl (67 kB)
Installing collected packages: attrs, aws-cdk-lib
"""


def test_progress_names_the_package_and_the_count() -> None:
    progress = Progress(5)
    assert progress.now == "resolving"
    lines = PIP.splitlines(keepends=True)
    progress.read(lines[:2])
    assert progress.now == "package 1 of at most 5: aws-cdk-lib, 48.1 MB"
    progress.read(lines[2:4])
    assert progress.now == "package 2 of at most 5: attrs, 67 kB"
    progress.read(lines[4:])
    assert progress.now == "unpacking 2 packages"


def test_packages_are_counted_once_each() -> None:
    text = (
        "a==1 \\\n    --hash=sha256:00\nb-c==2 ; python_full_version < '3.11' \\\n    --hash=sha256:11\n# d\n"
    )
    assert packages_in(text) == 2


def test_run_reports_before_pip_ends(tmp_path: Path) -> None:
    """The process ends when the first report is there, so there is no first report after its end."""
    gate = tmp_path / "gate"
    script = (
        "import pathlib, sys\n"
        "print('  Downloading x-1.tar.gz (1 kB)', flush=True)\n"
        f"while not pathlib.Path({str(gate)!r}).exists(): pass\n"
        "sys.exit(3)"
    )
    progress = Progress(1)
    reports: list[str] = []

    def report(line: str) -> None:
        reports.append(line)
        if "package 1 of at most 1: x, 1 kB" in line:
            gate.touch()

    assert run([sys.executable, "-c", script], progress, report, 0.01) == 3
    assert gate.exists()
    assert list(progress.tail) == ["  Downloading x-1.tar.gz (1 kB)"]


def test_install_leaves_the_bytecode_to_who_imports(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        f"--no-index\n--find-links {tmp_path.as_uri()}\n{wheel(tmp_path, 'one')}\n", "utf-8"
    )
    target = tmp_path / "installed"
    command = [sys.executable, install.__file__, str(requirements)]
    done = subprocess.run(
        command, env={**os.environ, "PIP_TARGET": str(target)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (target / "one").iterdir()] == ["__init__.py"]
