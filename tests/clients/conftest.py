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
from tests.clients.install import CLIENTS, NPM, ROOT
from tests.local.serving import Serving, application, integration, template

SCRIPTS = Path(__file__).with_name("scripts")
Outcomes = dict[str, dict[str, object]]


@pytest.fixture(scope="session")
def model() -> Iterator[Bedrock]:
    """The Bedrock that the function asks."""
    with bedrock() as running:
        yield running


@pytest.fixture(scope="session")
def api(model: Bedrock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the stage."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(ROOT / "lambda_src"),
            "Handler": "chat.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "MemorySize": 512,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {"Variables": {"BEDROCK_MODEL_ID": "model-1"}},
        },
    }
    routes = {"ANY /{proxy+}": {"integration": integration("Chat", {})}}
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url,
    }
    content = template(routes, Chat=function)
    served = application(content, tmp_path_factory.mktemp("clients"))
    with Serving(served, environment=environment) as serving:
        yield f"{serving.url}/prod"


@pytest.fixture(scope="session")
def running(
    request: pytest.FixtureRequest, api: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcomes | None]]]:
    """Every client that a test wants, at the same time: most of what they do is to wait before a retry."""
    wanted: set[tuple[str, str]] = {
        item.callspec.params["outcomes"]  # type: ignore[misc]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "outcomes" in getattr(item, "fixturenames", ())
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        yield {
            name: pool.submit(_run, name, script, api, tmp_path_factory.mktemp("script"))
            for name, script in sorted(wanted)
        }


@pytest.fixture
def outcomes(request: pytest.FixtureRequest, running: dict[str, Future[Outcomes | None]]) -> Outcomes:
    """What one client has read of every answer; its name and script are the fixture's parameter."""
    name, _ = request.param
    told = running[name].result()
    if told is None:
        pytest.skip("python -m tests.clients.install installs the clients")
    return told


def _run(name: str, script: str, api: str, scratch: Path) -> Outcomes | None:
    if not (CLIENTS / name / ".installed" if script.endswith(".py") else NPM / "node_modules").exists():
        return None
    command, environment = _command(name, script, scratch)
    environment["NO_PROXY"] = "*"
    done = subprocess.run([*command, api, name], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    told: Outcomes = json.loads(done.stdout)
    return told


def _command(name: str, script: str, scratch: Path) -> tuple[list[str], dict[str, str]]:
    if script.endswith(".py"):
        path = os.pathsep.join([str(CLIENTS / name), str(SCRIPTS)])
        return [sys.executable, str(SCRIPTS / script)], {**os.environ, "PYTHONPATH": path}
    # Node looks for packages beside the script
    for each in SCRIPTS.glob("*.mjs"):
        shutil.copy(each, scratch)
    (scratch / "node_modules").symlink_to(NPM / "node_modules")
    return [str(node_binary()), str(scratch / script)], dict(os.environ)
