"""Install the clients of versions.json below .cache/clients, each Python one in a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = ROOT / ".cache" / "clients"
VERSIONS: dict[str, dict[str, list[str]]] = json.loads((HERE / "versions.json").read_text("utf-8"))
NPM = CLIENTS / "npm"
#: Says what is installed in a folder.
INSTALLED = ".installed"


def main() -> None:
    """Install what is missing or has another version, side by side: most of it is waiting."""
    with ThreadPoolExecutor(len(VERSIONS["python"]) + 1) as pool:
        npm = pool.submit(_npm)
        pip = pool.map(_pip, *zip(*VERSIONS["python"].items(), strict=True))
    npm.result()
    list(pip)


def _pip(name: str, requirements: list[str]) -> None:
    folder = CLIENTS / name
    if _is_new(folder, " ".join(requirements)):
        print(f"installing {' '.join(requirements)} into {folder.relative_to(ROOT)}")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", str(folder)]
        subprocess.run([*pip, *requirements], check=True)
        (folder / INSTALLED).write_text(" ".join(requirements), "utf-8")


def _npm() -> None:
    package = json.dumps({"private": True, "type": "module", "dependencies": VERSIONS["npm"]})
    if _is_new(NPM, package):
        print(f"installing {' '.join(VERSIONS['npm'])} into {NPM.relative_to(ROOT)}")
        NPM.mkdir(parents=True, exist_ok=True)
        (NPM / "package.json").write_text(package, "utf-8")
        npm = [sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "install"]
        subprocess.run(
            [*npm, "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=NPM,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (NPM / INSTALLED).write_text(package, "utf-8")


def _is_new(folder: Path, wanted: str) -> bool:
    marker = folder / INSTALLED
    return not marker.exists() or marker.read_text("utf-8") != wanted


if __name__ == "__main__":
    main()
