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

import pytest
from node import node_binary

from tests.clients.bedrock import Bedrock, bedrock
from tests.clients.deployment import deployment
from tests.clients.faults import BEFORE, INSIDE
from tests.clients.install import CLIENTS, NPM
from tests.local.serving import Serving, application

SCRIPTS = Path(__file__).with_name("scripts")
CASES = [*BEFORE, *INSIDE]
Outcomes = dict[str, dict[str, object]]


@pytest.fixture(scope="session")
def model() -> Iterator[Bedrock]:
    """The Bedrock that the function asks."""
    with bedrock() as running:
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
) -> Iterator[dict[tuple[str, str], Future[Outcomes | None]]]:
    """Every client that a test wants, at the same time: most of what they do is to wait before a retry."""
    wanted: set[tuple[str, str]] = {
        item.callspec.params["outcomes"]  # type: ignore[misc]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "outcomes" in getattr(item, "fixturenames", ())
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        yield {
            each: pool.submit(_run, *each, api, tmp_path_factory.mktemp("script")) for each in sorted(wanted)
        }


@pytest.fixture
def outcomes(
    request: pytest.FixtureRequest, running: dict[tuple[str, str], Future[Outcomes | None]]
) -> Outcomes:
    """What one client has read of every answer; its name and script are the fixture's parameter."""
    told = running[request.param].result()
    if told is None:
        pytest.skip("python -m tests.clients.install installs the clients")
    return told


def _run(name: str, script: str, api: str, scratch: Path) -> Outcomes | None:
    if not (CLIENTS / name / ".installed" if script.endswith(".py") else NPM / "node_modules").exists():
        return None
    paths = os.pathsep.join([str(CLIENTS / name), str(SCRIPTS)])
    done = subprocess.run(
        [*_command(name, script, scratch), api, name],
        input=json.dumps([[case.variant, f"{case.directive} table {name} {case.id}"] for case in CASES]),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": paths, "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    told: Outcomes = json.loads(done.stdout)
    return told


def _command(name: str, script: str, scratch: Path) -> list[str]:
    if script.endswith(".py"):
        return [sys.executable, str(SCRIPTS / script)]
    # Node looks for packages beside the script
    for each in SCRIPTS.glob("*.mjs"):
        shutil.copy(each, scratch)
    (scratch / "node_modules").symlink_to(NPM / "node_modules")
    return [str(node_binary()), str(scratch / script)]
