"""Install the oracles that npm has, and run a script beside this file with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PINS = ROOT / "tests" / "pins" / "oracles"
FOLDER = ROOT / ".cache" / "oracles-npm"
NODE = (sys.executable, str(ROOT / "scripts" / "node.py"))
PATIENCE = 300.0


def version(package: str) -> str:
    """Return the version of a package that the tests install."""
    lock = json.loads((PINS / "package-lock.json").read_text("utf-8"))
    found: str = lock["packages"][f"node_modules/{package}"]["version"]
    return found


def run(script: str, given: object) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON that a script prints, given JSON on its input."""
    _install()
    # a module finds its packages from where it is
    shutil.copy(HERE / script, FOLDER / script)
    done = subprocess.run(
        [*NODE, script],
        cwd=FOLDER,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def file(path: str) -> Path:
    """Return a file of an installed package."""
    _install()
    return FOLDER / "node_modules" / path


def _install() -> None:
    lock = (PINS / "package-lock.json").read_text("utf-8")
    marker = FOLDER / ".installed"
    if marker.exists() and marker.read_text("utf-8") == lock:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, FOLDER)
    npm = [*NODE, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
    marker.write_text(lock, "utf-8")
