"""Start the runtime of a function: its command line, and the variables of its own."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..application import Function
from .node import NodeRuntimes

#: Names a script that starts the runtime.
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))


class LaunchError(Exception):
    """Raised when a function cannot be started on this machine, with the reason."""


@dataclass(frozen=True)
class Launch:
    """A process to start.

    :param argv: the whole command line
    :param environment: variables beside those of every function
    :param attached: whether it has the terminal and the environment of the user, for a debugger
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    attached: bool = False


class Launcher:
    """Knows how each runtime is started.

    :param node: finds Node.js, and what its runtimes bring
    :param commands: command lines of the user's by function name; ``{}`` in one is the usual command
    """

    def __init__(self, node: NodeRuntimes, commands: Mapping[str, str] | None = None) -> None:
        self._node = node
        self._commands = dict(commands or {})

    async def launch(self, function: Function) -> Launch:
        """Return how a function is started; what its runtime needs may have to be downloaded first.

        :raises LaunchError: when that is not possible on this machine
        """
        argv, environment = await self._usual(function)
        command = self._commands.get(function.name)
        if command is not None:
            words: list[str] = []
            for word in shlex.split(command):
                words += argv if word == "{}" else [word]
            return Launch(_exec(*words), environment, attached=True)
        wrapper = function.environment.get(WRAPPER)
        if wrapper:
            return Launch(_exec(str(on_this_machine(wrapper, function)), *argv), environment)
        if function.runtime.startswith("python"):
            # the same in the process that is there already
            return Launch((*_bootstrap("python"), function.handler), environment)
        return Launch(_exec(*argv), environment)

    async def _usual(self, function: Function) -> tuple[list[str], Mapping[str, str]]:
        """Return the command line of a runtime, and the variables that it needs."""
        if function.runtime.startswith("provided"):
            return [str(custom_bootstrap(function))], {}
        if function.runtime.startswith("python"):
            return [sys.executable, "-m", "awslambdaric", function.handler], python_environment(function)
        try:
            ready = await asyncio.to_thread(self._node.ready, function)
        except OSError as error:
            raise LaunchError(str(error)) from error
        return list(ready.command), ready.environment


def _exec(*command: str) -> tuple[str, ...]:
    return (*_bootstrap("exec"), *command)


def _bootstrap(kind: str) -> tuple[str, ...]:
    return (sys.executable, BOOTSTRAP, str(os.getpid()), kind)


def python_environment(function: Function) -> dict[str, str]:
    """Return where Python finds the libraries of layers: a later layer goes before an earlier one.

    https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """
    own = function.environment.get("PYTHONPATH")
    libraries = [str(layer / "python") for layer in reversed(function.layers)]
    # a checkout stays clean, and an asset stays what it was hashed as
    path = os.pathsep.join([*libraries, *([own] if own else [])])
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def custom_bootstrap(function: Function) -> Path:
    """Return the executable of an OS-only runtime: in the code, else in a layer.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
    """
    for directory in (function.code, *reversed(function.layers)):
        if os.access(directory / "bootstrap", os.X_OK):
            return directory / "bootstrap"
    raise LaunchError(f"{function.runtime} needs an executable file 'bootstrap' in the code or in a layer")


def on_this_machine(wrapper: str, function: Function) -> Path:
    """Return the wrapper script that ``AWS_LAMBDA_EXEC_WRAPPER`` names by its path on Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
    """
    for prefix, directories in (("/opt/", reversed(function.layers)), ("/var/task/", (function.code,))):
        for directory in directories:
            path = directory / wrapper.removeprefix(prefix)
            if wrapper.startswith(prefix) and os.access(path, os.X_OK):
                return path
    raise LaunchError(f"{WRAPPER} is {wrapper}, which is no executable of the code or of a layer")
