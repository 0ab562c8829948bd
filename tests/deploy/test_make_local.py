"""`make local` serves the synthesized stack without any deploy."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from demo import ROOT, demo_environment
from processes import free_port

from tests.support.curl import curl

pytestmark = [pytest.mark.usefixtures("no_orphans"), pytest.mark.timeout(900)]


@contextmanager
def make_local(*flags: str) -> Iterator[str]:
    """Run `make local` and yield the URL that it prints."""
    process = subprocess.Popen(
        ["make", "local", "LOCAL_FLAGS=" + shlex.join(flags)],
        cwd=ROOT,
        env=demo_environment(os.environ, "http://127.0.0.1:9"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        told = next(line for line in process.stdout if line.startswith("listening on "))
        yield told.split()[-1]
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def test_make_local_serves_signed_requests_only() -> None:
    with make_local("--port", "0") as url:
        chat = subprocess.run(
            [ROOT / ".venv" / "bin" / "streaming-api", "chat", f"{url}/prod/chat", "Hello"],
            env=demo_environment(os.environ, "http://127.0.0.1:9"),
            capture_output=True,
            text=True,
        )
        unsigned = curl("-s", "-d", '{"prompt": "Hello"}', f"{url}/prod/chat")
    assert chat.returncode == 0, chat.stderr
    assert "Hello" in chat.stdout
    assert "this API has no such route, or the request is not signed" in unsigned.stdout.decode()


def test_make_local_curl_of_the_readme_is_answered_with_no_auth() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"^curl --no-buffer .*$", readme, re.MULTILINE)
    assert found
    with make_local("--no-auth", "--port", str(free_port())) as url:
        command = shlex.split(found.group().replace("http://127.0.0.1:3000", url))
        answer = curl(*command[1:], "--silent")
    assert b"event: done" in answer.stdout
