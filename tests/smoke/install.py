"""Programs of the tests that pip and npm do not bring into .venv: found on the PATH, or put below .cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache"
LOCUST = "locust==2.47.0"
#: Where Debian keeps what an administrator starts.
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
TIMEOUT = 180


def nginx_binary() -> Path:
    """Return nginx, unpacked from Debian's package where it is not installed; skip where neither works."""
    if found := shutil.which("nginx", path=PATH):
        return Path(found)
    unpacked = CACHE / "nginx"
    binary = unpacked / "usr" / "sbin" / "nginx"
    if not binary.exists():
        with tempfile.TemporaryDirectory() as folder:
            for command in (["apt-get", "download", "nginx"], ["sh", "-c", f"dpkg-deb -x *.deb {unpacked}"]):
                _run(command, "nginx is not installed and cannot be downloaded", cwd=folder)
    _run([str(binary), "-v"], "nginx does not run")
    return binary


def locust_folder() -> Path:
    """Return a folder with locust, installed there the first time; skip where it cannot be."""
    folder = CACHE / "locust"
    marker = folder / ".installed"
    if not marker.exists() or marker.read_text("utf-8") != LOCUST:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", str(folder), LOCUST]
        _run(pip, "locust cannot be installed")
        marker.write_text(LOCUST, "utf-8")
    return folder


def _run(command: list[str], why: str, cwd: str | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, capture_output=True, check=True, timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError) as failure:
        pytest.skip(f"{why}: {failure}")
