"""Install what other makers put around a handler, each in a folder of .cache, with exact versions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "pins"
#: Makers -> what is installed, each with the hashes of its files. What is in no list, as botocore, pydantic
#: and urllib3, comes from the environment of the tests.
PACKAGES = {
    name: tuple((PINS / f"{name}.in").read_text("utf-8").splitlines())
    for name in ("powertools", "sentry", "opentelemetry", "uvicorn", "frameworks", "mcp", "emf")
}
LOCKED = ("--require-hashes", "--requirement")
PAGE = (ROOT / "docs" / "lambda-streaming.md").read_text("utf-8")


def package(name: str) -> Path:
    """Return a folder with the packages of a maker, installed when it is first asked for."""
    folder, wanted = ROOT / ".cache" / "observers" / name, " ".join(PACKAGES[name])
    marker = folder / ".installed"
    if not marker.exists() or marker.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run = subprocess.run(
            [
                *pip,
                "--no-deps",
                "--only-binary=:all:",
                "--target",
                str(folder),
                *LOCKED,
                str(PINS / f"{name}.txt"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            pytest.skip(f"pip could not install {wanted}: {run.stderr.strip()[-200:]}")
        marker.write_text(wanted, "utf-8")
    return folder


def documented(module: str, folder: Path) -> str:
    """Write the example of the library's page that imports a module; return the name of its handler."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (code,) = [code for code in blocks if re.search(rf"^from {re.escape(module)} import", code, re.MULTILINE)]
    (folder / "documented.py").write_text(code, "utf-8")
    return "documented.handler"
