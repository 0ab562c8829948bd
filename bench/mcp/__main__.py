"""Measure what the import of an MCP server costs a cold start: with bytecode, and without.

``python -m bench.mcp [runs]`` imports the examples in processes of their own, with the packages that
``tests.mcp.install`` puts into .cache, and writes ``bench/out/mcp.json``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.machine import Machine
from bench.results import Row, save
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


def main() -> int:
    """Print a table and write it; return 0 when everything was measured."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    if missing := [name for name in EXAMPLES if not is_installed(name)]:
        installed = subprocess.run(
            [sys.executable, "-m", "tests.mcp.install", *missing], cwd=ROOT, check=False
        )
        if installed.returncode:
            print("bench-mcp: python -m tests.mcp.install could not install the servers", file=sys.stderr)
            return 1
    machine = Machine.look()
    rows = [_row(name, runs) for name in EXAMPLES]
    print("| server | modules | CPU ms of the import, with bytecode | without |\n|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row.values())} |")
    save("mcp", machine, rows, [])
    return 0


def _row(name: str, runs: int) -> Row:
    imported(name, bytecode=True)  # writes it
    taken: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
    for _ in range(runs):
        for bytecode, each in taken.items():
            each.append(imported(name, bytecode=bytecode))
    medians = {bytecode: round(statistics.median(ms for ms, _ in each)) for bytecode, each in taken.items()}
    return {
        "name": f"examples/mcp: {name}",
        "modules": taken[True][0][1],
        "CPU ms of the import": medians[True],
        "without bytecode": medians[False],
    }


if __name__ == "__main__":
    sys.exit(main())
