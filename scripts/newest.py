"""Run the suites of a package with its newest release, or prerelease, instead of the pinned one.

``python scripts/newest.py awslambdaric`` changes the checkout's environment, so it is for CI and throwaway
checkouts. .github/workflows/newest.yml runs it on a schedule and opens an issue when a suite fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / ".cache" / "clients"
OBSERVERS = ROOT / ".cache" / "observers"
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--pre", "--upgrade")
NPM = (sys.executable, str(ROOT / "scripts" / "node.py"), "npm", "install", "--ignore-scripts", "--no-save")

INSTALL = "import sys; from tests.support.packages import package; package(sys.argv[1])"

AI_SDK = ("ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible", "@ai-sdk/anthropic")


@dataclass(frozen=True)
class Watched:
    """A package whose new releases may break this project.

    :param suites: what runs with it
    :param packages: what is installed. Default: - the package itself
    :param folder: where it is installed. Default: - the environment of the tests
    :param npm: whether npm has it, not pip
    :param tests: what ``pytest -k`` selects of the suites. Default: - all
    """

    suites: tuple[str, ...]
    packages: tuple[str, ...] = ()
    folder: Path | None = None
    npm: bool = False
    tests: str = ""


WATCHED = {
    "awslambdaric": Watched(("runtime",)),
    # npm's tag `latest` was an accident once
    "aws-cdk": Watched(("deploy",), ("aws-cdk@latest",), ROOT, npm=True),
    "aws-cdk-lib": Watched(("synth",)),
    # the unit tests compare the model of the stand-in for Bedrock with botocore's
    "botocore": Watched(("unit", "local"), ("boto3", "botocore")),
    "openai": Watched(("clients",), folder=CLIENTS / "openai-3"),
    "anthropic": Watched(("clients",), folder=CLIENTS / "anthropic-2"),
    "ai": Watched(
        ("clients",),
        (
            "ai@latest",
            "@ai-sdk/openai@latest",
            "@ai-sdk/openai-compatible@latest",
            "@ai-sdk/anthropic@latest",
        ),
        CLIENTS / "npm",
        npm=True,
    ),
    "mcp": Watched(("runtime",), folder=OBSERVERS / "mcp", tests="mcp"),
}


def commands(name: str) -> list[tuple[str, ...]]:
    """Return what installs the newest release of a package and runs its suites, after ``make install``."""
    watched = WATCHED[name]
    packages = watched.packages or (name,)
    if watched.npm:
        install = (*NPM, "--prefix", str(watched.folder), *packages)
    else:
        install = (*PIP, *(("--target", str(watched.folder)) if watched.folder else ()), *packages)
    only = (f"PYTEST_FLAGS=-k {watched.tests}",) if watched.tests else ()
    suites = [("make", f"test-{suite}", *only) for suite in watched.suites]
    return [*_before(watched), install, *suites]


def _before(watched: Watched) -> list[tuple[str, ...]]:
    """Return what makes the folder with the pinned release: the tests make it anew where it is missing."""
    if watched.folder is None:
        return []
    if watched.folder.parent == CLIENTS:
        return [("make", "official-clients")]
    return [(sys.executable, "-c", INSTALL, watched.folder.name)]


def main() -> None:
    """Run the commands of a package; end with the exit code of the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", choices=WATCHED)
    for command in commands(parser.parse_args().package):
        print(" ".join(command), flush=True)
        if code := subprocess.run(command, cwd=ROOT).returncode:
            sys.exit(code)


if __name__ == "__main__":
    main()
