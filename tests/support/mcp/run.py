"""Run a client of MCP in a process of its own, and read what it has seen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.mcp.environments import FOLDER, JAVASCRIPT, NODE, packages

DRIVERS = Path(__file__).with_name("drivers")
#: A busy machine imports for a long time.
PATIENCE = 240


@dataclass(frozen=True)
class Client:
    """A client.

    :param script: its driver
    :param environment: where it is installed
    :param mode: further argument of the driver
    :param version: the revision that it speaks; empty where it does not tell
    """

    script: str
    environment: str
    mode: str = ""
    version: str = ""

    @property
    def name(self) -> str:
        """Its name in the list of tests."""
        return f"{self.script.partition('.')[0]}{'-' if self.mode else ''}{self.mode}"

    def told(self, url: str, scratch: Path) -> dict[str, Any]:
        """Let it list the tools and call one; return what it tells."""
        command = [sys.executable, str(DRIVERS / self.script)]
        if self.script.endswith(".mjs"):
            # Node looks for packages beside the script
            shutil.copy(DRIVERS / self.script, scratch)
            (scratch / "node_modules").symlink_to(FOLDER / JAVASCRIPT / "node_modules")
            command = [str(NODE), str(scratch / self.script)]
        told: dict[str, Any] = json.loads(run([*command, url, self.mode], self.environment))
        return told


def run(command: list[str], environment: str, **variables: str) -> str:
    """Run a command with the packages of an environment; return its output."""
    paths = {} if environment == JAVASCRIPT else {"PYTHONPATH": str(packages(environment))}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "NO_PROXY": "*", **paths, **variables},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
