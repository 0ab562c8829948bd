"""The chat function behind the gateway, with every route, and a Bedrock that does what it is asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from node import node_binary

from tests.clients.deployment import deployment
from tests.clients.faults import BEFORE, INSIDE
from tests.clients.install import CLIENTS, INSTALLED, NPM
from tests.clients.official import Client
from tests.support.bedrock.directed import Bedrock
from tests.support.gateway import Serving
from tests.support.templates import application

SCRIPTS = Path(__file__).with_name("scripts")
CASES = [*BEFORE, *INSIDE]
Outcome = dict[str, Any]
Outcomes = dict[str, Outcome]


@pytest.fixture(scope="session")
def model() -> Iterator[Bedrock]:
    """The Bedrock that the function asks."""
    with Bedrock() as running:
        yield running


@pytest.fixture(scope="session")
def serving(model: Bedrock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The gateway."""
    served = application(deployment(model.url), tmp_path_factory.mktemp("clients"))
    with Serving(served) as serving:
        yield serving


@pytest.fixture(scope="session")
def api(serving: Serving) -> str:
    """The URL of the stage."""
    return f"{serving.url}/prod"


@pytest.fixture(scope="session")
def running(
    request: pytest.FixtureRequest, api: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Client, Future[Outcomes | None]]]:
    """Every client that a test wants, at the same time: most of what they do is to wait before a retry."""
    wanted: dict[Client, None] = {
        item.callspec.params["client"]: None  # type: ignore[misc]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "outcomes" in getattr(item, "fixturenames", ())
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        yield {client: pool.submit(_run, client, api, tmp_path_factory.mktemp("script")) for client in wanted}


@pytest.fixture
def outcomes(client: Client, running: dict[Client, Future[Outcomes | None]]) -> Outcomes:
    """What one client has read of every answer."""
    told = running[client].result()
    if told is None:
        pytest.skip("python -m tests.clients.install installs the clients")
    return told


def _run(client: Client, api: str, scratch: Path) -> Outcomes | None:
    if not (CLIENTS / client.folder / INSTALLED).exists():
        return None
    cases = [[case.variant, f"{case.directive} table {client.name} {case.id}"] for case in CASES]
    paths = os.pathsep.join([str(CLIENTS / client.folder), str(SCRIPTS)])
    done = subprocess.run(
        [*_command(client.script, scratch), api, client.name],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": paths, "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    told: Outcomes = json.loads(done.stdout)
    return told


def _command(script: str, scratch: Path) -> list[str]:
    if script.endswith(".py"):
        return [sys.executable, str(SCRIPTS / script)]
    # Node looks for packages beside the script
    for each in SCRIPTS.glob("*.mjs"):
        shutil.copy(each, scratch)
    (scratch / "node_modules").symlink_to(NPM / "node_modules")
    return [str(node_binary()), str(scratch / script)]
