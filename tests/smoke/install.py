"""Programs of the tests that pip and npm do not bring into .venv: found on the PATH, or put below .cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.shared import locked

CACHE = Path(__file__).resolve().parents[2] / ".cache"
LOCUST = Path(__file__).resolve().parents[1] / "pins" / "locust.txt"
#: Where Debian keeps what an administrator starts.
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
TIMEOUT = 180


def nginx_binary() -> Path:
    """Return nginx, unpacked from Debian's package where it is not installed; skip where neither works."""
    found = shutil.which("nginx", path=PATH)
    return Path(found) if found else unpacked_nginx()


def unpacked_nginx() -> Path:
    """Return the nginx of Debian's package, unpacked where it harms nobody; skip where that does not work."""
    folder = CACHE / "nginx"
    binary = folder / "usr" / "sbin" / "nginx"
    if not binary.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            # lists of its own: an image has none or old ones, and only root may renew those
            settings = {"State": temporary, "State::status": "/var/lib/dpkg/status", "Cache": temporary}
            apt = ["apt-get", *(f"-oDir::{name}={value}" for name, value in settings.items())]
            for command in (["update"], ["download", "nginx"]):
                _run(
                    [*apt, "-oAPT::Sandbox::User=root", *command], "nginx cannot be downloaded", cwd=temporary
                )
            (package,) = Path(temporary).glob("nginx_*.deb")
            unpacked = Path(temporary, "unpacked")
            _run(["dpkg-deb", "-x", str(package), str(unpacked)], "nginx cannot be unpacked")
            with suppress(OSError):  # another worker was faster
                unpacked.rename(folder)
    _run([str(binary), "-v"], "the nginx of Debian's package does not run")
    return binary


def locust_folder() -> Path:
    """Return a folder with locust, installed there the first time; skip where it cannot be."""
    folder = CACHE / "locust"
    marker, wanted = folder / ".installed", LOCUST.read_text("utf-8")
    with locked(CACHE / "locust.lock"):
        if not marker.exists() or marker.read_text("utf-8") != wanted:
            pip = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", str(folder)]
            _run([*pip, "--require-hashes", "-r", str(LOCUST)], "locust cannot be installed")
            marker.write_text(wanted, "utf-8")
    return folder


def _run(command: list[str], why: str, cwd: str | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, capture_output=True, check=True, timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError) as failure:
        said = (getattr(failure, "stderr", None) or b"").decode(errors="replace").strip()
        pytest.skip(f"{why}: {said or failure}")
