"""Install the environments of the clients below .cache/all-clients, by their pins, one after the other."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.all_clients.clients import CLIENTS, HERE, INSTALLED, Environment

ROOT = HERE.parents[1]
UV = ROOT / ".cache" / "pins" / "bin" / "uv"
NODE = ROOT / "scripts" / "node.py"


def main() -> None:
    """Install what is missing or has another version; arguments name environments. Default: all."""
    wanted = {client.environment.name: client.environment for client in CLIENTS}
    for name in sys.argv[1:] or wanted:
        if not wanted[name].is_installed:
            print(f"installing {name}", flush=True)
            install(wanted[name])


def install(environment: Environment) -> None:
    """Install an environment anew."""
    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.folder.mkdir(parents=True)
    if environment.is_javascript:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(environment.pins.with_name(name), environment.folder)
        command = [sys.executable, str(NODE), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run([*command, "--loglevel=error"], cwd=environment.folder, check=True)
    else:
        # uv, because pip takes minutes for the larger ones
        command = [str(UV), "pip", "install", "--quiet", "--python", sys.executable]
        command += ["--require-hashes", "--target", str(environment.folder)]
        subprocess.run([*command, "--requirement", str(environment.pins)], check=True)
    (environment.folder / INSTALLED).write_text(environment.pins.read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    main()
