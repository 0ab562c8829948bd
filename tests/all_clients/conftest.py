"""Serve the chat function with every route, in front of the stand-in for Bedrock, and run the clients."""

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

from tests.all_clients.clients import CLIENTS, DRIVERS, HERE, SCENARIOS, Client
from tests.all_clients.model import Script
from tests.all_clients.pages import run_page
from tests.all_clients.results import Outcome, Results
from tests.support.bedrock.shipped import standin
from tests.support.gateway import Serving
from tests.support.templates import ROOT, application, integration, template

MODELS = {
    "nova": "us.amazon.nova-2-lite-v1:0",
    "claude": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "messages": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "responses": "us.openai.gpt-5.6-sol",
}
#: Functions that relay to the API of the model's vendor.
VENDOR_APIS = ("messages", "responses")
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
#: Every client has all of these; they keep it from everything but the URL, and none is about the URL.
ALONE = {
    **KEYS,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "*",
    "PYTHONUNBUFFERED": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}
#: Id of a client -> what it says of each scenario.
Running = dict[str, Future[dict[str, Outcome]]]
#: What `cors` of StreamingApi writes for any origin, as far as clients ask for it.
PREFLIGHT: dict[str, object] = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": "{ statusCode: 200 }"},
    "IntegrationResponses": [
        {
            "StatusCode": "204",
            "ResponseParameters": {
                "method.response.header.Access-Control-Allow-Origin": "'*'",
                "method.response.header.Access-Control-Allow-Headers": "'content-type,user-agent'",
                "method.response.header.Access-Control-Allow-Methods": "'POST'",
            },
        }
    ],
}
#: Seconds for all scenarios of a client; some wait before a retry.
PATIENCE = 300


@pytest.fixture(scope="session")
def script() -> Script:
    """What the model does."""
    return Script()


@pytest.fixture(scope="session")
def stage(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the stage."""
    with standin(script=script) as bedrock:
        routes = {f"ANY /{name}/{{proxy+}}": {"integration": integration(name, {})} for name in MODELS}
        routes |= {f"OPTIONS /{name}/{{proxy+}}": {"integration": PREFLIGHT} for name in MODELS}
        functions = {name: _function(name, model, bedrock) for name, model in MODELS.items()}
        served = application(template(routes, **functions), tmp_path_factory.mktemp("template"))
        with Serving(served) as serving:
            yield f"{serving.url}/prod"


@pytest.fixture(scope="session")
def running(
    request: pytest.FixtureRequest, stage: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The clients that are tested, two at a time."""
    wanted = {client.id: client for item in request.session.items if (client := _client_of(item))}
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(run, client, stage, tmp_path_factory.mktemp("home"))
            for name, client in sorted(wanted.items(), key=lambda item: not item[1].slow)
        }


@pytest.fixture(scope="session")
def results() -> Results:
    """What came of every cell."""
    return Results.load(CLIENTS)


def run(client: Client, stage: str, home: Path) -> dict[str, Outcome]:
    """Return what a client says of each scenario."""
    assert client.environment.is_installed, f"python -m tests.all_clients.install {client.environment.name}"
    wanted = [name for name in SCENARIOS if name not in client.without]
    if client.is_page:
        return run_page(client, f"{stage}/{client.function}", wanted, PATIENCE)
    environment = {**_path(client), **ALONE, "HOME": str(home), "CLIENT_HOME": str(client.environment.folder)}
    said, complained = _outputs(
        [*_command(client), f"{stage}/{client.function}", client.id, *wanted], home, environment
    )
    told: dict[str, Outcome] = {}
    for line in said.splitlines():
        if line.startswith('{"scenario"'):
            outcome = json.loads(line)
            told[outcome.pop("scenario")] = outcome
    missing = {"error": {"type": "no line", "message": complained.strip()[-2000:]}}
    return {name: told.get(name, missing) for name in wanted}


def _outputs(command: list[str], home: Path, environment: dict[str, str]) -> tuple[str, str]:
    """Return both outputs of a command; of one that hangs, what it said before."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home, env=environment
    )
    with process:
        try:
            return process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            said, complained = process.communicate()
            return said, f"{complained}\nended after {PATIENCE} s"


def _command(client: Client) -> list[str]:
    if not client.environment.is_javascript:
        # -S: nothing of the environment of the tests
        return [sys.executable, "-S", str(client.driver)]
    # Node looks for packages beside the script
    for each in [*DRIVERS.glob("*.mjs"), HERE / "scenarios.json"]:
        shutil.copy(each, client.environment.folder)
    return [str(node_binary()), str(client.environment.folder / client.driver.name)]


def _path(client: Client) -> dict[str, str]:
    path = {"PATH": os.environ["PATH"]}
    environment = client.environment
    return path if environment.is_javascript else {**path, "PYTHONPATH": str(environment.folder)}


def _client_of(item: pytest.Item) -> Client | None:
    return item.callspec.params.get("client") if hasattr(item, "callspec") else None


def _function(name: str, model: str, bedrock: str) -> dict[str, object]:
    lambda_src = ROOT / "lambda_src"
    variables = {**KEYS, "BEDROCK_MODEL_ID": model, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock}
    variables["CORS_ALLOW_ORIGIN"] = "*"
    if name in VENDOR_APIS:
        # as `relay=BedrockRelay.MESSAGES` and `BedrockRelay.RESPONSES` write it
        settings = {"models": [{"modelId": model, "vendorApi": name}]}
        variables["BEDROCK_SETTINGS"] = json.dumps(settings)
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(lambda_src),
            "Handler": "chat.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "MemorySize": 512,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {"Variables": {"PYTHONPATH": str(lambda_src), **variables}},
        },
    }
