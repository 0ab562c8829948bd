"""Install the clients below .cache/clients, each Python one in a folder of its own, by their pins."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = ROOT / ".cache" / "clients"
PINS = ROOT / "tests" / "pins"
#: The clients in Python; a client in several major versions is there once for each.
PYTHON = (
    *("openai-1", "openai-2", "openai-3", "openai-agents"),
    *("anthropic-0", "anthropic-1", "anthropic-2", "langchain"),
)
NPM = CLIENTS / "npm"
#: Says what is installed in a folder.
INSTALLED = ".installed"


def main() -> None:
    """Install what is missing or has another version, side by side: most of it is waiting."""
    with ThreadPoolExecutor(len(PYTHON) + 1) as pool:
        npm = pool.submit(_npm)
        pip = pool.map(_pip, PYTHON)
    npm.result()
    list(pip)


def _pip(name: str) -> None:
    folder, locked = CLIENTS / name, PINS / f"{name}.txt"
    wanted = locked.read_text("utf-8")
    if _is_new(folder, wanted):
        print(f"installing {name} into {folder.relative_to(ROOT)}")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", str(folder)]
        subprocess.run([*pip, "--require-hashes", "--requirement", str(locked)], check=True)
        (folder / INSTALLED).write_text(wanted, "utf-8")


def _npm() -> None:
    lock = (PINS / "clients" / "package-lock.json").read_text("utf-8")
    if _is_new(NPM, lock):
        print(f"installing the JavaScript clients into {NPM.relative_to(ROOT)}")
        NPM.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / "clients" / name, NPM)
        npm = [sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "ci", "--ignore-scripts"]
        subprocess.run(
            [*npm, "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=NPM,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (NPM / INSTALLED).write_text(lock, "utf-8")


def _is_new(folder: Path, wanted: str) -> bool:
    marker = folder / INSTALLED
    return not marker.exists() or marker.read_text("utf-8") != wanted


if __name__ == "__main__":
    main()
