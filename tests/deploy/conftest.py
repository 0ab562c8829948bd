"""A ministack of its own for each module, and the environment that points the AWS tools at it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from demo import CDK, MINISTACK, ROOT, demo_environment, is_healthy, ministack_environment
from processes import free_port, service, wait_until

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment of a fresh, empty account on loopback."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    env = demo_environment(os.environ, endpoint)
    log = tmp_path_factory.mktemp("ministack") / "log"
    with service([MINISTACK], ministack_environment(env, port), log) as process:
        wait_until(lambda: is_healthy(endpoint), process, "ministack")
        yield env


@pytest.fixture(scope="module")
def cdk(aws: dict[str, str]) -> Callable[..., None]:
    """Return a function that runs the genuine CDK command line against that account."""

    def run(*arguments: str | Path) -> None:
        command = [CDK, *arguments, "--ci", "--no-color"]
        done = subprocess.run(list(map(str, command)), cwd=ROOT, env=aws, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def children() -> set[int]:
    """Return the process ids of the direct children of this process."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


@pytest.fixture
def no_orphans() -> Iterator[None]:
    """Fail when a process that the test started is still there at its end, however deep it was started.

    This process becomes the one that inherits orphans, so none can hide from it.
    """
    if sys.platform != "linux":
        pytest.skip("needs Linux: orphans are caught by a child subreaper")
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = children()
    yield
    deadline = time.monotonic() + 1
    while (left := children() - before) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.05)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    names = subprocess.run(
        ["ps", "-o", "pid,args", "-p", ",".join(map(str, left or [0]))], capture_output=True
    )
    assert not left, names.stdout.decode()
