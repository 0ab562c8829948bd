"""The app of examples/agents on the local gateway, read by AG-UI's own client."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from streaming_api_tools.testing import Bedrock
from tests.agents.environments import EXAMPLE, ROOT, ag_ui_client, bundled
from tests.agents.test_agents import PIECES
from tests.support.gateway import Serving

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Pydantic AI needs Python 3.11"),
]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example synthesized, with packages for this machine."""
    outdir = tmp_path_factory.mktemp("agents") / "cdk.out"
    spec = importlib.util.spec_from_file_location("agents_app", EXAMPLE / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        # those for Lambda are in the folder of the example
        for_lambda = module.BundledCode
        patch.setattr(
            module, "BundledCode", lambda source: for_lambda(source, output=str(bundled(Path(source).name)))
        )
        app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False, analytics_reporting=False)
        module.AgentsStack(app, "Agents")
        app.synth()
    return outdir


@pytest.fixture(scope="module")
def template(assembly: Path) -> dict[str, Any]:
    """The template of the stack."""
    found: dict[str, Any] = json.loads((assembly / "Agents.template.json").read_text("utf-8"))
    return found


def test_agents_stack_streams_each_agent_and_grants_its_model(template: dict[str, Any]) -> None:
    def of(kind: str) -> list[dict[str, Any]]:
        found = template["Resources"].values()
        return [each["Properties"] for each in found if each["Type"] == kind]

    methods = of("AWS::ApiGateway::Method")
    assert [each["Integration"]["ResponseTransferMode"] for each in methods] == ["STREAM"] * 3
    assert {each["AuthorizationType"] for each in methods} == {"AWS_IAM"}
    assert len(of("AWS::Lambda::Function")) == 3
    policies = [json.dumps(each) for each in of("AWS::IAM::Policy")]
    assert sum("bedrock:InvokeModelWithResponseStream" in each for each in policies) == 3


@pytest.fixture
def stage(assembly: Path, bedrock: Bedrock, tmp_path: Path) -> Iterator[str]:
    """The URL of the stage."""
    environment = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    application = load_assembly(assembly, "Agents", "us-east-1", tmp_path)
    with Serving(application, environment=environment) as serving:
        yield f"{serving.url}/prod"


class Run:
    """A run of AG-UI's client, line by line as its events come."""

    def __init__(self, url: str) -> None:
        folder = ag_ui_client()
        command = [sys.executable, str(ROOT / "scripts" / "node.py"), "read_ag_ui.mjs", url]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Return the events up to the next of a kind."""
        assert self.process.stdout
        seen: list[dict[str, Any]] = []
        while not seen or kind not in (seen[-1].get("type"), *seen[-1]):
            line = self.process.stdout.readline()
            assert line, seen
            seen.append(json.loads(line))
        return seen

    def close(self) -> None:
        """End the client."""
        assert self.process.stdout
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def run(stage: str, bedrock: Bedrock) -> Iterator[Run]:
    """A run that has begun, with a model that waits."""
    bedrock.hold()
    started = Run(f"{stage}/ag-ui")
    yield started
    started.close()


def test_ag_ui_client_gets_each_event_before_the_model_goes_on(run: Run, bedrock: Bedrock) -> None:
    bedrock.call("weather", city="Oslo")
    bedrock.reply("It ", "rains.")
    assert run.until("RUN_STARTED")
    bedrock.release(PIECES)
    kinds = [each["type"] for each in run.until("TOOL_CALL_RESULT")]
    assert kinds.index("TOOL_CALL_START") < kinds.index("TOOL_CALL_ARGS") < kinds.index("TOOL_CALL_END")
    bedrock.release()
    assert run.until("TEXT_MESSAGE_CONTENT")[-1]["delta"] == "It "
    bedrock.release()
    assert run.until("RUN_FINISHED")[0]["delta"] == "rains."
    (last,) = run.until("messages")
    messages = last["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "tool", "assistant"]
    assert messages[1]["toolCalls"][0]["function"] == {"name": "weather", "arguments": '{"city": "Oslo"}'}
    assert messages[2]["content"] == "It rains in Oslo."
    assert messages[3]["content"] == "It rains."


def test_ag_ui_client_takes_a_run_that_broke_for_failed(run: Run, bedrock: Bedrock) -> None:
    bedrock.fail("modelStreamErrorException", after=("It ",))
    bedrock.release(2)
    seen = run.until("RUN_ERROR")
    assert "It " in [each.get("delta") for each in seen]
    assert "RUN_FINISHED" not in [each["type"] for each in seen]
