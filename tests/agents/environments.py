"""Install the agents of examples/agents and the client of AG-UI into .cache/agents, when first asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from cdk_streaming_api import bundle

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "agents"
CACHE = ROOT / ".cache" / "agents"
PINS = ROOT / "tests" / "pins" / "ag-ui"
#: folders of the agents
AGENTS = ("strands", "pydantic_ai", "ag_ui")


def bundled(name: str, *options: str, kind: str = "here") -> Path:
    """Return the bundle of an agent, made by the command for this machine unless options say otherwise."""
    output = CACHE / kind / name
    made = bundle.main([str(EXAMPLE / name), "--output", str(output), *(options or ("--here",))])
    assert made == 0
    return output


def ag_ui_client() -> Path:
    """Return the folder with the JavaScript client of AG-UI."""
    folder, lock = CACHE / "npm", (PINS / "package-lock.json").read_text("utf-8")
    marker = folder / ".installed"
    if not marker.exists() or marker.read_text("utf-8") != lock:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        npm = [sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "ci", "--ignore-scripts"]
        subprocess.run([*npm, "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True)
        marker.write_text(lock, "utf-8")
    shutil.copy(Path(__file__).with_name("read_ag_ui.mjs"), folder)
    return folder
