"""Install packages with uv where it is there, else with pip: wheels only, since Lambda is another machine."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from streaming_api_templates.printable import one_line

from .errors import COULD_NOT_RUN, FAILED, USAGE, NotBundled
from .manifest import Options
from .requirements import NAME, Requirements, lines, needed
from .requirements import read as read_requirements
from .target import ThisMachine

_LONGEST_REASON = 600
#: how requirements are locked, for messages
LOCK = "uv pip compile --universal --generate-hashes requirements.in --output-file requirements.txt"


class Installer(NamedTuple):
    """A program that installs.

    :param name: ``uv`` or ``pip``
    :param command: the words before its options
    """

    name: str
    command: tuple[str, ...]

    def options(self, options: Options, folder: Path, requirements: Path) -> list[str]:
        """Return the options of one install.

        :param folder: where the packages go
        :param requirements: the file that names them
        """
        target = options.target
        own = (
            # links into uv's cache would change with the files' times
            ["--python", sys.executable, "--link-mode=copy", *target.uv_options]
            if self.name == "uv"
            else ["--disable-pip-version-check", "--no-input", "--no-compile", *target.pip_options]
        )
        locked = [] if options.unlocked else ["--no-deps", "--require-hashes"]
        only = ["--only-binary=:all:", f"--target={folder}", f"--requirement={requirements}"]
        return ["--quiet", *own, *locked, *only]


def found_installer(wanted: str | None = None) -> Installer:
    """Return the installer of this machine.

    :param wanted: ``uv`` or ``pip``. Default: - uv where it is on the path or beside this Python, else pip
    :raises NotBundled: when there is none
    """
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    uv = shutil.which("uv") or beside
    if uv and wanted != "pip":
        return Installer("uv", (uv, "pip", "install"))
    if wanted != "uv" and importlib.util.find_spec("pip"):
        return Installer("pip", (sys.executable, "-m", "pip", "install"))
    missing = wanted or "uv or pip"
    raise NotBundled(f"there is no {missing} to install packages with; install {missing}", COULD_NOT_RUN)


def check_requirements(text: str, options: Options, installer: Installer) -> Requirements:
    """Return the requirements of a function, if they may be installed.

    :raises NotBundled: for packages without hashes, unless the options allow them
    """
    requirements = read_requirements(text)
    if not requirements.is_locked and not options.unlocked:
        without = [*requirements.others, *(each.wanted for each in requirements.packages if not each.hashes)]
        raise NotBundled(
            f"{NAME} has no hashes for '{without[0]}', so each install may be another one; lock it with "
            f"'{LOCK}', or take it as it is with --unlocked",
            USAGE,
        )
    if options.unlocked and installer.name == "pip" and not isinstance(options.target, ThisMachine):
        raise NotBundled(
            "--unlocked needs uv: pip looks for the dependencies of this Python, not of the function's",
            USAGE,
        )
    return requirements


def install(requirements: Path, options: Options, installer: Installer, folder: Path, scratch: Path) -> None:
    """Install the packages of a requirements file into a folder.

    :param scratch: a folder for a file of its own
    :raises NotBundled: when the installer fails
    """
    found = check_requirements(requirements.read_text("utf-8"), options, installer)
    if not options.unlocked:
        packages = needed(found, options.target.environment)
        if not packages:
            return
        requirements = scratch / NAME
        requirements.write_text(lines(packages, found.options), "utf-8")
    done = subprocess.run(
        [*installer.command, *installer.options(options, folder, requirements)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise NotBundled(
            f"{installer.name} could not install the packages for {options.target}, of which only wheels are "
            f"taken: {_reason(done.stderr.splitlines())}",
            FAILED,
        )


def _reason(said: Sequence[str]) -> str:
    """Return the lines in which an installer says why it failed."""
    flat = [line.strip() for line in said if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in flat if line.startswith("ERROR: ")]
    # uv draws a tree of reasons
    return one_line(
        " ".join(errors[-1:] or [line.lstrip("\u00d7\u2570\u2500\u25b6 ") for line in flat[-4:]])[:600]
    )
