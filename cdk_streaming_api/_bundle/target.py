"""Describe the Python that packages are installed for: that of a Lambda runtime, or that of this machine."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_RUNTIME = "python3.14"
DEFAULT_ARCHITECTURE = "arm64"
#: Lambda's name of an instruction set -> Python's
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: Python 3.12 and later are on Amazon Linux 2023 with glibc 2.34, earlier ones on Amazon Linux 2 with 2.26,
#: for which 2.17 is the newest name that both pip and uv have:
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_GLIBC, _OLDER_GLIBC, _FIRST_ON_2023 = 34, 17, 12
#: the oldest glibc that wheels are named after: https://peps.python.org/pep-0600/
_OLDEST_GLIBC = {"aarch64": 17, "x86_64": 5}
_FORMER_NAMES = {
    "aarch64": ("manylinux2014",),
    "x86_64": ("manylinux2014", "manylinux2010", "manylinux1"),
}


@dataclass(frozen=True)
class Target:
    """A runtime of Lambda with its instruction set.

    :param runtime: ``python3.10`` or later
    :param architecture: ``arm64`` or ``x86_64``
    """

    runtime: str = DEFAULT_RUNTIME
    architecture: str = DEFAULT_ARCHITECTURE

    @property
    def version(self) -> str:
        """The version of Python, such as ``3.14``."""
        return self.runtime.removeprefix("python")

    @property
    def _glibc(self) -> int:
        return _GLIBC if int(self.version.partition(".")[2]) >= _FIRST_ON_2023 else _OLDER_GLIBC

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of markers."""
        return {
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_machine": MACHINES[self.architecture],
            "platform_system": "Linux",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
            "implementation_name": "cpython",
            "implementation_version": f"{self.version}.0",
            "python_version": self.version,
            "python_full_version": f"{self.version}.0",
        }

    @property
    def pip_options(self) -> list[str]:
        """The options that make pip take the wheels of the runtime; it takes no older glibc by itself."""
        machine = MACHINES[self.architecture]
        names = [f"manylinux_2_{each}" for each in range(self._glibc, _OLDEST_GLIBC[machine] - 1, -1)]
        platforms = [f"--platform={each}_{machine}" for each in (*names, *_FORMER_NAMES[machine])]
        return [*platforms, f"--python-version={self.version}", "--implementation=cp"]

    @property
    def uv_options(self) -> list[str]:
        """The options that make uv take the wheels of the runtime."""
        glibc = f"manylinux_2_{_GLIBC}" if self._glibc == _GLIBC else "manylinux2014"
        machine = MACHINES[self.architecture]
        return [f"--python-platform={machine}-{glibc}", f"--python-version={self.version}"]

    def __str__(self) -> str:
        return f"{self.runtime} on {self.architecture}"


@dataclass(frozen=True)
class ThisMachine:
    """The Python that runs, with which the local gateway runs functions."""

    #: whose wheels fit, such as ``cpython-311-x86_64-linux-gnu``
    name: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of markers."""
        return {
            "os_name": "nt" if sys.platform == "win32" else "posix",
            "sys_platform": sys.platform,
            "platform_machine": platform.machine(),
            "platform_system": platform.system(),
            "platform_python_implementation": platform.python_implementation(),
            "platform_release": platform.release(),
            "platform_version": platform.version(),
            "implementation_name": sys.implementation.name,
            "implementation_version": ".".join(map(str, sys.implementation.version[:3])),
            "python_version": ".".join(map(str, sys.version_info[:2])),
            "python_full_version": ".".join(map(str, sys.version_info[:3])),
        }

    @property
    def pip_options(self) -> list[str]:
        """Nothing, since pip takes the wheels of the Python that runs it."""
        return []

    @property
    def uv_options(self) -> list[str]:
        """Nothing, since uv is told the Python."""
        return []

    def __str__(self) -> str:
        return "this machine"


def this_machine() -> ThisMachine:
    """Return the Python that runs."""
    version = "".join(map(str, sys.version_info[:2]))
    return ThisMachine(f"{sys.implementation.name}-{version}-{platform.machine()}-{sys.platform}")


def is_runtime(name: str) -> bool:
    """Return whether a name is that of a managed Python runtime that ``lambda_streaming`` is for."""
    return re.fullmatch(r"python3\.[1-9][0-9]", name) is not None
