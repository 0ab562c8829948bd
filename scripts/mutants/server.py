"""Run pytest again and again, each time in a fork of a process that has loaded pytest.

It reads a line of JSON for each run: the seconds that it may take, or null, and the arguments of pytest. It
answers with a line: the exit code, negative for a signal, how many seconds of the processor it took, and the
end of what pytest printed. The processor's time counts, since a busy machine takes longer; a run that waits
for something is ended after ten times as long.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from contextlib import suppress
from math import inf

import hypothesis.strategies  # noqa: F401
import pytest

_TAIL = 2000
_WAITING = 10
#: the exit code of pytest for an error of its own
_BROKEN = 3


def run(limit: int | None, arguments: list[str]) -> tuple[int, float, str]:
    """Run pytest in a group of processes of its own, and end all of them."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            code = _BROKEN
            try:
                _prepare(output.fileno(), limit)
                code = int(pytest.main(arguments))
            finally:
                sys.stdout.flush()
                os._exit(code)
        deadline = inf if limit is None else time.monotonic() + _WAITING * limit
        try:
            while not (found := os.wait4(child, os.WNOHANG))[0] and time.monotonic() < deadline:
                time.sleep(0.02)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        _, status, used = found if found[0] else os.wait4(child, 0)
        output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL))
        text = output.read().decode("utf-8", "replace")
        return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, text


def _prepare(output: int, limit: int | None) -> None:
    """Give a fork a group, an output and a limit of its own, and nothing to read: not the next line."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(output, stream)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))


def main() -> None:
    """Answer until the standard input ends."""
    for line in sys.stdin:
        limit, arguments = json.loads(line)
        print(json.dumps(run(limit, arguments)), flush=True)


if __name__ == "__main__":
    main()
