"""Bundles that are refused, each in one line with what to do."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_streaming_api import bundle
from cdk_streaming_api._bundle import build
from cdk_streaming_api._bundle.installer import LOCK
from tests.support.wheels import Project

UV = shutil.which("uv") or shutil.which(
    "uv", path=str(Path(__file__).resolve().parents[4] / ".cache" / "pins" / "bin")
)


PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to-own-app.md"


def error(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of an error."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("one==1.0", "has no hashes for 'one==1.0'"),
        ("one", "has no hashes for 'one'"),
        ("-r others.txt", "has no hashes for '-r others.txt'"),
        ("-e ./lib", "has no hashes for '-e ./lib'"),
    ],
)
def test_requirements_without_hashes_are_refused_with_how_to_lock_them(
    project: Project, line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project.need(line)
    assert project.bundle() == 2
    line = error(capsys)
    assert says in line
    assert "uv pip compile" in line
    assert "--unlocked" in line
    assert not project.output.exists()


@pytest.mark.skipif(UV is None, reason="uv is not installed")
def test_bundle_lock_command_of_the_page_makes_a_lock_that_is_taken(project: Project) -> None:
    (line,) = re.findall("^uv pip compile .*$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert line.replace("hello/", "") == LOCK
    project.write("requirements.in", "one\n")
    assert UV
    wheels = ["--no-index", "--find-links", str(project.wheels)]
    command = [UV, *LOCK.split()[1:], *wheels, "--quiet", "--python", sys.executable]
    done = subprocess.run(command, cwd=project.source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    project.need((project.source / "requirements.txt").read_text("utf-8"))
    assert project.bundle("--installer", "pip") == 0
    assert "one/__init__.py" in project.files()


def test_unlocked_requirements_need_uv_or_this_machine(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.need("one")
    assert project.bundle("--unlocked", "--installer", "pip") == 2
    assert "--unlocked needs uv" in error(capsys)
    assert project.bundle("--unlocked", "--installer", "pip", "--here") == 0
    assert "one/__init__.py" in project.files()


def test_bundle_too_large_for_lambda_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MOST_BYTES", 2**20)
    project.write("model.bin", "x" * (2**20 + 1))
    assert project.bundle() == 1
    assert "has 1.0 MB, of which Lambda takes 1 MB unzipped; the largest is model.bin 1.0 MB" in error(capsys)
    assert not project.output.exists()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--output", "{source}/build"], 2, "must be neither in"),
        (["--output", "{source}"], 2, "must be neither in"),
        (["--output", "{wheels}"], 2, "is not a bundle; remove it"),
        (["--output", "{wheels}/file/below"], 3, "cannot be written"),
        (["{source}", "--output", "x"], 2, "--output is for one SOURCE"),
        (["--precompile", "--runtime", "python3.99"], 3, "needs python3.99 on the path"),
    ],
)
def test_bundle_wrong_usage_is_one_line(
    project: Project, options: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.wheels / "file").write_text("")
    places = {"source": str(project.source), "wheels": str(project.wheels)}
    assert project.bundle(*(each.format(**places) for each in options)) == code
    assert says in error(capsys)
    assert (project.source / "app.py").exists()
    assert (project.wheels / "file").exists()


def test_bundle_without_a_source_or_with_a_link_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle.main([str(project.source / "nope")]) == 2
    assert "nope is not a folder" in error(capsys)
    (project.source / "link").symlink_to(project.wheels)
    assert project.bundle() == 2
    assert "link is a symbolic link" in error(capsys)


def test_bundle_file_that_a_package_has_too_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("one/__init__.py", "")
    assert project.bundle() == 2
    assert "one/__init__.py is a file of a package too" in error(capsys)


def test_bundle_without_an_installer_says_so(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *given, **more: None)
    assert project.bundle("--installer", "uv") == 3
    assert "there is no uv" in error(capsys)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert project.bundle() == 3
    assert "there is no uv or pip" in error(capsys)


def test_bundle_message_with_control_characters_is_harmless(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.need("\x1b[31mred==1")
    assert project.bundle() == 2
    assert "\x1b" not in error(capsys)
