"""A ministack of its own for each module, and the environment that points the AWS tools at it."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from demo import (
    ACCOUNT,
    CDK,
    MINISTACK,
    REGION,
    ROOT,
    STACK,
    demo_environment,
    is_healthy,
    ministack_environment,
)
from processes import free_port, service, wait_until
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.shared import once

PR_SET_CHILD_SUBREAPER = 36
# Files that use one thing, and so run in one process: the checkout's own cdk.out and dist.
USE_CHECKOUT = {"test_delivery_docs.py", "test_make_deploy.py", "test_make_local.py"}


class _ByWhatTheyUse(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process the whole of a file, of those of one account or of those that use the checkout."""

    def _split_scope(self, nodeid: str) -> str:
        folder, file = nodeid.split("::", 1)[0].rsplit("/", 1)
        if file in USE_CHECKOUT:
            return "checkout"
        return folder if folder.endswith("/iam") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Share what is expensive to set up, as ``--dist loadfile`` does not between files."""
    return _ByWhatTheyUse(config, log)


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
def cdk(aws: dict[str, str]) -> Callable[..., str]:
    """Return a function that runs the genuine CDK command line against that account, and what it printed.

    ``exit_code`` is the one that is expected.
    """

    def run(*arguments: str | Path, exit_code: int = 0) -> str:
        command = [CDK, *arguments, "--ci", "--no-color"]
        done = subprocess.run(list(map(str, command)), cwd=ROOT, env=aws, capture_output=True, text=True)
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def clients(aws: dict[str, str]) -> Callable[[str], Any]:
    """Return a factory of AWS clients for that account."""

    def client(name: str) -> Any:  # noqa: ANN401 - boto3 has no types
        return boto3.client(
            name,
            endpoint_url=aws["AWS_ENDPOINT_URL"],
            region_name=aws["AWS_REGION"],
            aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        )

    return client


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the reference deployment, with its default settings."""
    made = once(tmp_path_factory, "assembly", synthesized)
    # a copy for each process, because the CDK command line writes locks into what it reads
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("assembly") / "cdk.out"))


@pytest.fixture(scope="module")
def bootstrapped(cdk: Callable[..., str], assembly: Path) -> None:
    """Bootstrap the account; from an assembly, because the command synthesizes an app for nothing."""
    cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", assembly)


def synthesized(folder: Path, *context: str) -> Path:
    """Run the app as the command line does and return the assembly; ``context`` is ``key=value`` each."""
    values = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    values |= dict(pair.split("=", 1) for pair in context)
    env = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(values)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, check=True, capture_output=True)
    return folder


def edited(assembly: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Return a copy of an assembly with another template, as if another app had synthesized it."""
    copy = Path(shutil.copytree(assembly, folder))
    file = copy / f"{STACK}.template.json"
    template = json.loads(file.read_text("utf-8"))
    old = hashlib.sha256(file.read_bytes()).hexdigest()
    change(template["Resources"])
    file.write_text(json.dumps(template), "utf-8")
    # the template is itself an asset, which is uploaded only under a name that is not there yet
    new = hashlib.sha256(file.read_bytes()).hexdigest()
    for name in (f"{STACK}.assets.json", "manifest.json"):
        text = (copy / name).read_text("utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), "utf-8")
    return copy


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
    assert not left, {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left}
