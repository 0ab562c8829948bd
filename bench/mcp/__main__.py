"""Measure what the import of an MCP server costs a cold start: with bytecode, and without.

``python -m bench.mcp [runs]`` imports the examples in processes of their own, with the packages that
``python -m tests.mcp.install`` has put into .cache.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.support.mcp.environments import EXAMPLES, FOLDER, ROOT, is_installed

LAYER = ROOT / "lambda_src" / "layer" / "python"
CODE = """
import sys, time
begun, modules = time.process_time(), len(sys.modules)
import server
print((time.process_time() - begun) * 1000, len(sys.modules) - modules)
"""


def imported(name: str, *, bytecode: bool) -> tuple[float, int]:
    """Return the CPU milliseconds of an import, and the number of modules."""
    paths = os.pathsep.join(map(str, (EXAMPLES[name], FOLDER / name, LAYER)))
    environment = {"PATH": os.defpath, "PYTHONPATH": paths, "MCP_ALLOWED_HOSTS": "example.com"}
    if not bytecode:
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(Path("/nowhere"))}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    milliseconds, modules = done.stdout.split()
    return float(milliseconds), int(modules)


def main() -> None:
    """Print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print("| server | modules | CPU ms of the import, with bytecode | without |\n|---|---|---|---|")
    for name in EXAMPLES:
        if not is_installed(name):
            sys.exit("python -m tests.mcp.install installs the servers")
        imported(name, bytecode=True)  # writes it
        found = {
            bytecode: [imported(name, bytecode=bytecode) for _ in range(runs)] for bytecode in (True, False)
        }
        medians = [round(statistics.median(ms for ms, _ in each)) for each in found.values()]
        print(f"| {name} | {found[True][0][1]} | {medians[0]} | {medians[1]} |", flush=True)


if __name__ == "__main__":
    main()
