"""The servers of the smoke tests, and the command line as its users start it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streaming_api_tools.aws import Account
from tests.smoke.reference import chat, whole_probe
from tests.smoke.servers import (
    after,
    answering,
    batching,
    buffering,
    chatter,
    cut,
    end,
    fail,
    hang,
    honest,
    serving,
)
from tests.support.command_line import SCRIPT as STREAMING_API
from tests.support.command_line import CommandLine as Commands

__all__ = ["STREAMING_API"]

CommandLine = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def environ() -> dict[str, str]:
    """Return an environment that has no AWS configuration and no credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NO_COLOR"))}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """Yield what starts commands."""
    with Commands() as running:
        yield running


@pytest.fixture(scope="session")
def script(environ: dict[str, str]) -> CommandLine:
    """Return a function that starts the console script by itself and runs it to its end."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [STREAMING_API, *arguments],
            env=environ | (env or {}),
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture(scope="session")
def streaming_api(commands: Commands, environ: dict[str, str]) -> CommandLine:
    """Return a function that runs a command to its end."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return commands.run(*arguments, env=environ | (env or {}), cwd=cwd, input=input)

    return run


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """Serve an honest probe."""
    with serving(lambda: {"/prod/probe": honest}) as url:
        yield f"{url}/prod/probe"


@pytest.fixture(scope="session")
def faults() -> Iterator[str]:
    """Serve a route for each fault."""
    with serving(
        lambda: {
            "/forbidden": answering(403, b'{"message":"Missing Authentication Token"}'),
            "/throttled": answering(429, b'{"message":"Too Many Requests"}'),
            "/broken": answering(500, b'{"message": "Internal server error"}'),
            "/json": answering(200, b'{"text": "Hello"}', **{"Content-Type": "application/json"}),
            "/compressed": answering(
                200, b"\x1f\x8b", **{"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
            ),
            "/redirect": answering(302, Location="/prod/probe"),
            "/ended": after(3, end),
            "/cut": after(3, cut),
            "/hang": after(3, hang),
            "/silent": after(0, hang),
            "/endless": after(3, chatter),
            "/failed": after(3, fail),
        }
    ) as url:
        yield url


@pytest.fixture(scope="session")
def intermediaries(origin: str) -> Iterator[str]:
    """Serve proxies in front of the honest probe."""
    with serving(
        lambda: {
            "/buffering": buffering(origin),
            "/batching-250": batching(origin, 0.25),
            "/batching-500": batching(origin, 0.5),
        }
    ) as url:
        yield url


@pytest.fixture(scope="session")
def api() -> Iterator[str]:
    """Serve the probe and the chat route of the reference stack."""
    with serving(lambda: {"/prod/chat": chat, "/{any:.*}": whole_probe}) as url:
        yield url


@pytest.fixture
def as_account(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Account]:
    """Return a function that configures an account behind an endpoint."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)

    def account(endpoint: str) -> Account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        return Account()

    return account
