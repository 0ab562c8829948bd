"""Install the clients of versions.json below .cache/clients, each Python one in a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = ROOT / ".cache" / "clients"
VERSIONS: dict[str, dict[str, list[str]]] = json.loads((HERE / "versions.json").read_text("utf-8"))
NPM = CLIENTS / "npm"


def main() -> None:
    """Install what is missing or has another version."""
    for name, requirements in VERSIONS["python"].items():
        marker = CLIENTS / name / ".installed"
        if not marker.exists() or marker.read_text("utf-8") != " ".join(requirements):
            folder = str(CLIENTS / name)
            pip = [sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", folder]
            subprocess.run([*pip, *requirements], check=True)
            marker.write_text(" ".join(requirements), "utf-8")
    package = json.dumps({"private": True, "type": "module", "dependencies": VERSIONS["npm"]})
    manifest = NPM / "package.json"
    if not manifest.exists() or manifest.read_text("utf-8") != package:
        NPM.mkdir(parents=True, exist_ok=True)
        node = [
            sys.executable,
            str(ROOT / "scripts" / "node.py"),
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
        ]
        manifest.write_text(package, "utf-8")
        subprocess.run(node, cwd=NPM, check=True)


if __name__ == "__main__":
    main()
