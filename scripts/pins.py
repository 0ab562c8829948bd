"""Write the requirements with the hashes of all their files, for each Python and platform.

Each ``NAME.in`` names what is used directly, ``NAME.txt`` beside it is what pip installs with
``--require-hashes``. ``make pins`` runs it. ``--upgrade`` takes the newest versions that the .in files allow.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_DEPS = ("--no-deps",)
#: Name without its suffix -> further options of uv.
PINNED: dict[str, tuple[str, ...]] = {
    "requirements-dev": (),
    "requirements-deploy": ("--constraint", "requirements-dev.txt"),
    "requirements-demo": (),
    "requirements-checkov": (),
    "requirements-oracles": (),
    "requirements-oldest-cdk": (),
    "requirements-lowest": (),
    "requirements-audit": (),
    "requirements-pins": (),
    "bench/runtime/requirements": (),
    "examples/mcp/official/requirements": (),
    "examples/mcp/fastmcp/requirements": (),
    # what the tests put into folders of .cache, beside what .venv has
    **{
        f"tests/pins/{name}": NO_DEPS
        for name in ("emf", "opentelemetry", "powertools", "sam-cli", "sentry", "terraform-aws", "uvicorn")
    },
    "tests/pins/frameworks": (),
    **{f"tests/pins/awslambdaric-{each}": () for each in ("2.0.12", "2.2.1", "3.1.1", "4.0.1", "4.2.2")},
    "tests/pins/locust": (),
    # what the functions of the examples have
    **{f"examples/agents/{each}/requirements": () for each in ("ag_ui", "pydantic_ai", "strands")},
    "examples/consumer/catalogue/requirements": (),
    "tests/pins/mcp": (),
}
#: Every other file beside them is for a client that the suites run.
CLIENTS = [
    name
    for path in sorted((ROOT / "tests" / "pins").glob("*.in"))
    if (name := f"tests/pins/{path.stem}") not in PINNED
]
PINNED.update(dict.fromkeys(CLIENTS, ()))
#: What `streaming-api init` writes is what an example has.
COPIES = {"examples/mcp/official/requirements": "streaming_api_tools/init/templates/mcp/server-requirements"}
#: The same as the first ones without hashes, for an environment that gets the wheel as well, which has none.
CONSTRAINTS = "constraints.txt"
OLDEST_PYTHON = "3.10"


def compile_requirements(name: str, *flags: str) -> None:
    """Write the .txt of an .in file."""
    options = ["--quiet", "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    options += ["--no-annotate", "--no-header", *flags]
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "compile", *options, f"{name}.in", "--output-file", f"{name}.txt"]
    if code := subprocess.run(command, cwd=ROOT).returncode:
        sys.exit(code)


def without_hashes(text: str) -> str:
    """Return requirements as constraints."""
    return re.sub(r" \\\n +--hash=\S+", "", text)


def main() -> None:
    """Write every file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_const", const=["--upgrade"], default=[])
    flags = parser.parse_args().upgrade
    for name, options in PINNED.items():
        print(f"{name}.txt", flush=True)
        compile_requirements(name, *options, *flags)
    for name, copy in COPIES.items():
        for kind in ("in", "txt"):
            (ROOT / f"{copy}.{kind}.template").write_text(
                (ROOT / f"{name}.{kind}").read_text("utf-8"), "utf-8"
            )
    dev = (ROOT / "requirements-dev.txt").read_text("utf-8")
    (ROOT / CONSTRAINTS).write_text(without_hashes(dev), "utf-8")


if __name__ == "__main__":
    main()
