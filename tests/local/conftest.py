"""The gateway with the handlers of these tests, and nothing that the user's AWS settings could change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.http.limits import Limits
from tests.local.serving import Client, Gate, Serving, application, template
from tests.support.command_line import CommandLine

#: Serves routes: ``serving({"POST /path": {"handler": ...}})``.
Serve = Callable[..., Serving]


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Yield the gate at which handlers wait."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture
def serve(gate: Gate, tmp_path: Path) -> Iterator[Serve]:
    """Return a function that serves routes until the end of the test."""
    with ExitStack() as running:

        def start(
            routes: Mapping[str, Mapping[str, object]],
            *,
            access: Access | None = None,
            limits: Limits | None = None,
            stage: Mapping[str, object] | None = None,
            environment: Mapping[str, str] | None = None,
            backends: Mapping[str, str] | None = None,
            commands: Mapping[str, str] | None = None,
            cut_failed: bool = False,
            allow_hosts: tuple[str, ...] = (),
            allow_origins: tuple[str, ...] = (),
            **more: object,
        ) -> Serving:
            content = template(routes, stage=stage, **more)
            serving = Serving(
                application(content, tmp_path),
                access=access,
                environment={"GATE": gate.address, **(environment or {})},
                limits=limits,
                backends=backends,
                commands=commands,
                cut_failed=cut_failed,
                allow_hosts=allow_hosts,
                allow_origins=allow_origins,
            )
            return running.enter_context(serving)

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[[Serving], Client]]:
    """Return a function that opens a connection, closed at the end of the test."""
    with ExitStack() as opened:
        yield lambda serving: opened.enter_context(Client(serving.url))


@pytest.fixture(scope="session")
def commands() -> Iterator[CommandLine]:
    """Yield what runs commands that end by themselves."""
    with CommandLine() as running:
        yield running
