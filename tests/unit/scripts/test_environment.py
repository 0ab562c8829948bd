"""Make virtual environments anew where they cannot be used, and refuse a Python that is too old."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ".cache/pins"
#: Answers as the interpreter of a version does, and makes an environment as its venv module does.
PYTHON = """#!/bin/sh
case $1 in
-c) echo {version} ;;
-m) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "#!$(pwd -P)/$3/bin/python" > "$3/bin/pip" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout (of Zoë)"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "scripts" / "environment.sh", folder / "scripts")
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of PATH that has the tools of a shell and no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cp", "dirname", "grep", "make", "mkdir", "mv", "rm", "sh", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def python(folder: Path, name: str, version: str) -> None:
    (folder / name).write_text(PYTHON.format(version=version))
    (folder / name).chmod(0o755)


def make(checkout: Path, programs: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run make for one environment, with nothing on the PATH but ``programs``."""
    env = {"PATH": str(programs), "LANG": os.environ.get("LANG", "C")}
    command = [str(programs / "make"), f"{FOLDER}/.python", *variables]
    return subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True)


def test_environment_is_made_once(checkout: Path, programs: Path) -> None:
    python(programs, "python3", "3.11")
    done = make(checkout, programs)
    assert (done.returncode, done.stderr) == (0, "")
    stamp = checkout / FOLDER / ".python"
    first = stamp.stat().st_mtime_ns
    again = make(checkout, programs)
    assert (again.returncode, again.stdout) == (0, "")
    assert stamp.stat().st_mtime_ns == first


@pytest.mark.parametrize(
    ("version", "reason"),
    [("3.9", "python3 is Python 3.9"), ("2.7", "is Python 2.7"), ("", "python3 is not a Python that runs")],
)
def test_environment_with_an_old_python_is_refused_in_one_line(
    checkout: Path, programs: Path, version: str, reason: str
) -> None:
    python(programs, "python3", version)
    python(programs, "python3.12", "3.12")
    done = make(checkout, programs)
    assert done.returncode
    first, *rest = done.stderr.splitlines()
    assert reason in first
    assert first.endswith("Python 3.10 or later is needed; try make PYTHON=python3.12")
    assert all(line.startswith("make: ***") for line in rest)
    assert not (checkout / FOLDER).exists()


def test_environment_without_any_python_is_refused(checkout: Path, programs: Path) -> None:
    done = make(checkout, programs)
    assert done.returncode
    assert "python3 is not a Python that runs" in done.stderr
    assert not (checkout / FOLDER).exists()


def test_environment_of_an_old_python_is_replaced(checkout: Path, programs: Path) -> None:
    """A first try with Python 3.9 left an environment that spoiled the next with 3.11."""
    python(programs, "python3", "3.11")
    left_over = checkout / FOLDER / "bin"
    left_over.mkdir(parents=True)
    python(left_over, "python", "3.9")
    (left_over / "leftover").touch()
    done = make(checkout, programs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"making {FOLDER} anew: it has Python 3.9"
    assert not (left_over / "leftover").exists()


def test_environment_of_a_moved_checkout_is_replaced(checkout: Path, programs: Path) -> None:
    python(programs, "python3", "3.11")
    assert make(checkout, programs).returncode == 0
    moved = checkout.rename(checkout.with_name("elsewhere"))
    os.utime(moved / FOLDER / ".python", (0, 0))
    done = make(moved, programs)
    assert done.stdout.strip().startswith(f"making {FOLDER} anew: the checkout was moved")
    # newer than what was installed before, which make therefore installs again
    assert (moved / FOLDER / ".python").stat().st_mtime > 0
    assert str(moved) in (moved / FOLDER / "bin" / "pip").read_text()


def test_environment_of_another_version_is_replaced_only_by_a_chosen_python(
    checkout: Path, programs: Path
) -> None:
    python(programs, "python3", "3.11")
    assert make(checkout, programs).returncode == 0
    python(programs, "python3", "3.13")
    assert make(checkout, programs).stdout == ""
    chosen = make(checkout, programs, f"PYTHON={programs / 'python3'}")
    assert chosen.stdout.strip() == f"making {FOLDER} anew: it has Python 3.11"


def test_environment_from_before_the_stamp_is_not_installed_again(checkout: Path, programs: Path) -> None:
    python(programs, "python3", "3.11")
    assert make(checkout, programs).returncode == 0
    stamp = checkout / FOLDER / ".python"
    stamp.unlink()
    assert make(checkout, programs).returncode == 0
    assert stamp.stat().st_mtime < (checkout / FOLDER / "bin" / "pip").stat().st_mtime
