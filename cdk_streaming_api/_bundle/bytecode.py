"""Compile a folder with the interpreter of a runtime, so that cold starts need not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .errors import COULD_NOT_RUN, NotBundled

# ordinary bytecode is thrown away: it names the time of its source, and assets have none
COMPILE = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")


def interpreter(runtime: str) -> str | None:
    """Return the interpreter for a runtime's bytecode, or None when there is none on this machine.

    :param runtime: the runtime's name, such as ``python3.14``.
    """
    if runtime == f"python{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return shutil.which(runtime)


def compile_folder(folder: Path, runtime: str) -> None:
    """Add bytecode to a folder that Lambda has as ``/var/task``.

    Files that do not compile stay sources: packages have such for other Pythons.

    :raises NotBundled: when the interpreter is not there
    """
    python = interpreter(runtime)
    if python is None:
        raise NotBundled(
            f"--precompile needs {runtime} on the path, since bytecode is of one version", COULD_NOT_RUN
        )
    # sets among a module's constants are written in the order of their hashes
    environment = {"PYTHONHASHSEED": "0"}
    command = [python, "-I", *COMPILE, "-q", "-s", str(folder), "-p", "/var/task", str(folder)]
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
