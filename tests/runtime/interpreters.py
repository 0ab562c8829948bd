"""The Pythons of this machine, and AWS's runtime clients for them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from streaming_api_tools.local.functions.node import START, NodeRuntimes
from streaming_api_tools.local.functions.node.install import NodeCache
from tests.runtime.function import ROOT

CACHE = ROOT / ".cache"
PINS = ROOT / "tests" / "pins"
SAM_CLI = PINS / "sam-cli.txt"
LOCKED = ("--require-hashes", "--requirement")
OLDEST = 10


def pythons() -> dict[str, str]:
    """Return an interpreter for each Python from 3.10 on that is on PATH or that pyenv has, by version."""
    on_path = [path for minor in range(OLDEST, 30) if (path := shutil.which(f"python3.{minor}"))]
    # a user whom the machine does not know has no home
    root = Path(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")))
    installed = sorted(map(str, root.glob("versions/3.*/bin/python")))
    found: dict[str, str] = {}
    for python in (*installed, *on_path):
        version = _version(python)
        if version and int(version.split(".")[1]) >= OLDEST:
            found.setdefault(version, python)
    found.setdefault(f"3.{sys.version_info[1]}", getattr(sys, "_base_executable", sys.executable))
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def _version(python: str) -> str | None:
    # pyenv's shims are on PATH whether or not they lead anywhere.
    script = "import sys; print('3.%d' % sys.version_info[1])"
    run = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    return run.stdout.strip() if not run.returncode and re.fullmatch(r"3\.\d+\n", run.stdout) else None


def awslambdaric(python: str, python_version: str, version: str) -> Path:
    """Return a folder with an awslambdaric for an interpreter, installed when it is first asked for."""
    folder = CACHE / "awslambdaric" / f"{python_version}-{version}"
    if not (folder / "awslambdaric").exists():
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run = subprocess.run(
            [
                *pip,
                "--only-binary=:all:",
                "--target",
                str(folder),
                *LOCKED,
                str(PINS / f"awslambdaric-{version}.txt"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            reason = run.stderr.strip().splitlines()[-1:] or ["pip failed"]
            pytest.skip(f"awslambdaric {version} for Python {python_version}: {reason[0]}")
    return folder


def node_client(runtime: str) -> list[str]:
    """Return the command line of AWS's client for a Node.js runtime, installed when it is first asked for."""
    runtimes = NodeRuntimes(NodeCache(CACHE / "streaming-api", print))
    try:
        node = runtimes.node_for(runtime)
        client = runtimes.client(node)
    except OSError as error:
        pytest.skip(str(error))
    if node.instead:
        pytest.skip(node.instead)
    shim = ROOT / "tests/runtime/node/shim.cjs"
    return [str(node.path), "--require", str(shim), str(START), str(client)]


def emulator() -> Path:
    """Return AWS's Runtime Interface Emulator, which the wheel of the SAM CLI brings."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    if platform.system() != "Linux" or architecture is None:
        pytest.skip(f"AWS's emulator is not for {platform.system()} on {platform.machine()}")
    binary = CACHE / "aws-lambda-rie"
    if not binary.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        with tempfile.TemporaryDirectory() as wheels:
            run = subprocess.run(
                [*pip, "--dest", wheels, *LOCKED, str(SAM_CLI)], capture_output=True, text=True, check=False
            )
            if run.returncode:
                pytest.skip(f"pip could not download {SAM_CLI.name}: {run.stderr.strip()[-200:]}")
            (wheel,) = Path(wheels).iterdir()
            with zipfile.ZipFile(wheel) as archive:
                CACHE.mkdir(exist_ok=True)
                binary.write_bytes(archive.read(f"samcli/local/rapid/aws-lambda-rie-{architecture}"))
        binary.chmod(0o755)
    return binary
