"""Run the tests that judge a mutant, in a copy of the checkout."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from .modules import GROUNDS, ROOT

#: seconds of the processor that the tests of a mutant may take, and how often those of the unchanged code
AT_LEAST, TIMES = 20, 4
#: exit codes of pytest that tell of the code; the others tell that the run itself is broken
PASSED, FAILED = 0, {1, 2, 4}
_FLAGS = [
    *("-q", "-x", "-p", "no:cacheprovider", "--tb=line", "--hypothesis-seed=0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]
#: what tests read of the checkout besides its files
_LINKED = (".venv", ".ministack", ".cache", "node_modules")
_PATHS = (".", "lambda_src", "lambda_src/layer/python", "scripts")


class BrokenRun(Exception):
    """The tests of the unchanged code fail, or could not run; the message is what the user reads."""


class Outcome(NamedTuple):
    """The result of a run of tests.

    :param failed: whether a test failed, or the time was over
    :param seconds: of the processor that it took
    :param output: the end of what pytest printed
    """

    failed: bool
    seconds: float
    output: str


class Copy:
    """A copy of the checkout with one changed module at a time, and a process that runs its tests.

    :param folder: a folder, which is made
    :param root: the checkout. Default: - this one
    """

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder = folder
        # a module is compiled again for each change, since its time differs, and all others only once
        self._time = int(time.time()) - 10_000_000
        listed = [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        names = subprocess.run(listed, cwd=root, capture_output=True, check=True, text=True).stdout
        sources = hashlib.sha256()
        for name in sorted(filter(None, names.split("\0"))):
            if (root / name).is_file():
                sources.update((root / name).read_bytes() if name.startswith(GROUNDS) else b"")
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, folder / name)
        #: the hash of what is judged, without any change
        self.sources = sources.hexdigest()
        for name in _LINKED:
            if (root / name).exists():
                (folder / name).symlink_to(root / name)

    def __enter__(self) -> Copy:
        """Start the process that runs the tests."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPATH"] = os.pathsep.join(str(self.folder / each) for each in _PATHS)
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it once it has ended its tests."""
        self._server.communicate()

    def text(self, module: str) -> str:
        """Return the text of a module."""
        return (self.folder / module).read_text("utf-8")

    def run(self, module: str, text: str, tests: tuple[str, ...], limit: int | None = None) -> Outcome:
        """Run tests with another text of a module, until the first fails.

        :param limit: seconds of the processor after which they count as failed. Default: - no limit
        """
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        original = self.text(module)
        self._write(module, text)
        try:
            code, seconds, output = self._ask(limit, [*_FLAGS, *tests])
        finally:
            self._write(module, original)
        if code > PASSED and code not in FAILED:
            raise BrokenRun(f"pytest ended with exit code {code}:\n{output}")
        return Outcome(code != PASSED, seconds, output)

    def _ask(self, limit: int | None, arguments: list[str]) -> tuple[int, float, str]:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps([limit, arguments]) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise BrokenRun("the process that runs the tests ended")
        code, seconds, output = json.loads(answer)
        return code, seconds, output

    def _write(self, module: str, text: str) -> None:
        self._time += 10
        (self.folder / module).write_text(text, "utf-8")
        os.utime(self.folder / module, (self._time, self._time))


def limit_of(copy: Copy, module: str, tests: tuple[str, ...]) -> int:
    """Return the seconds that the tests of a mutant may take; raise if they fail without any change."""
    control = copy.run(module, copy.text(module), tests)
    if control.failed:
        raise BrokenRun(f"the tests of {module} fail without any change:\n{control.output}")
    return max(AT_LEAST, TIMES * round(control.seconds))
