"""Install the servers and clients of MCP below .cache/mcp, by their pins, one after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.support.mcp.environments import FOLDER, INSTALLED, JAVASCRIPT, NODE, PINS, ROOT, is_installed, pins

UV = ROOT / ".cache" / "pins" / "bin" / "uv"
#: The SDKs, as servers and as clients, and the frameworks of agents; the inspector needs this Node.
PYTHON = (
    *("mcp", "mcp-1", "fastmcp", "strands", "openai-agents", "pydantic-ai-mcp", "langchain-mcp"),
    "node-24",
)
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> None:
    """Install what is missing or has another version; arguments name environments. Default: all."""
    for name in sys.argv[1:] or (*PYTHON, JAVASCRIPT):
        if not is_installed(name):
            print(f"installing {name} into {(FOLDER / name).relative_to(ROOT)}", flush=True)
            _install(name)


def _install(name: str) -> None:
    folder, locked = FOLDER / name, pins(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if name == JAVASCRIPT:
        for each in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name / each, folder)
        # npm starts node by name
        path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", os.defpath)])
        command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(
            [*command, "--loglevel=error"], cwd=folder, check=True, env={**os.environ, "PATH": path}
        )
    else:
        # uv, because pip takes minutes for the larger ones
        command = [str(UV), "pip", "install", "--quiet", "--python", sys.executable]
        command += ["--require-hashes", "--target", str(folder), "--requirement", str(locked)]
        subprocess.run(command, check=True)
    (folder / INSTALLED).write_text(locked.read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    main()
