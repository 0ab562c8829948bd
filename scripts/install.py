"""Install what a requirements file names with its hashes, and show how far it is.

``python scripts/install.py requirements-deploy.txt`` installs into the environment of that Python. pip alone
prints either nothing for minutes or hundreds of lines. This needs the standard library only: it runs first.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

#: As pip prints it: "Downloading aws_cdk_lib-2.275.0-py3-none-any.whl (48.1 MB)".
DOWNLOAD = re.compile(r"\s*(?:Downloading|Using cached) (?:\S*/)?([A-Za-z0-9_.]+?)-\d\S*(?: \((.+)\))?")
INSTALL = "Installing collected packages:"
#: Python compiles a module when it is imported first. To compile the whole CDK takes 20 s and 190 MB, and an
#: app imports few of its modules.
OPTIONS = ("--require-hashes", "--no-compile", "--disable-pip-version-check", "--progress-bar", "off")
#: Seconds between two reports: on a terminal, where they share one line, and elsewhere.
TERMINAL, ELSEWHERE = 0.5, 5.0
#: Lines of pip that are printed when it fails.
TAIL = 30


class Progress:
    """Follows pip by the lines that it prints.

    :param total: the most packages that it may get
    """

    def __init__(self, total: int) -> None:
        self.now = "resolving"
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._total = total
        self._got = 0

    def read(self, lines: Iterable[str]) -> None:
        """Follow the lines to their end."""
        for line in lines:
            self.tail.append(line.rstrip())
            if found := DOWNLOAD.match(line):
                self._got += 1
                size = f", {found[2]}" if found[2] else ""
                self.now = f"package {self._got} of at most {self._total}: {found[1].replace('_', '-')}{size}"
            elif line.startswith(INSTALL):
                self.now = f"unpacking {line.count(',') + 1} packages"


def packages_in(requirements: str) -> int:
    """Return the number of packages that a requirements file names, whatever their markers."""
    return len(re.findall(r"^[A-Za-z0-9]", requirements, re.MULTILINE))


def run(command: list[str], progress: Progress, report: Callable[[str], None], interval: float) -> int:
    """Run pip, report now and then how far it is, and return its exit code."""
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        reader = threading.Thread(target=progress.read, args=[pip.stdout], daemon=True)
        reader.start()
        while reader.is_alive():
            reader.join(interval)
            if reader.is_alive():
                report(f"  {progress.now} ({time.monotonic() - begun:.0f} s)")
    return pip.returncode


def on_terminal(line: str) -> None:
    """Write a line over the one before."""
    print(f"\r\x1b[K{line[:78]}", end="", flush=True)


def main() -> int:
    """Return pip's exit code."""
    (requirements,) = sys.argv[1:]
    command = [sys.executable, "-m", "pip", "install", *OPTIONS, "-r", requirements]
    if not os.access(os.path.expanduser("~"), os.W_OK):
        # pip warns of a cache that it cannot write
        command.append("--no-cache-dir")
    progress = Progress(packages_in(Path(requirements).read_text("utf-8")))
    terminal = sys.stdout.isatty()
    try:
        code = run(
            command,
            progress,
            on_terminal if terminal else lambda line: print(line, flush=True),
            TERMINAL if terminal else ELSEWHERE,
        )
    except KeyboardInterrupt:
        code = 130
    if terminal:
        on_terminal("")
    if code not in (0, 130):
        print("\n".join(progress.tail), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
