"""The steps of the workflows as they are written there, run against ministack and the local gateway."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml  # type: ignore[import-untyped]
from demo import ROOT, STACK, TOOLS
from processes import service

from tests.deploy.conftest import edited, synthesized
from tests.support.stretched import until_proved, until_told

Cdk: TypeAlias = Callable[..., str]
Step: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.timeout(900)
WORKFLOWS = ROOT / ".github" / "workflows"


def buffer(resources: dict[str, Any]) -> None:
    """Turn streaming off, as an override that nothing at synth noticed would."""
    for resource in resources.values():
        integration = resource["Properties"].get("Integration", {})
        if integration.pop("ResponseTransferMode", None):
            integration["TimeoutInMillis"] = 29_000
            uri = json.dumps(integration["Uri"])
            uri = uri.replace("response-streaming-invocations", "invocations")
            integration["Uri"] = json.loads(uri.replace("/2021-11-15/", "/2015-03-31/"))


@pytest.fixture
def checkout(assembly: Path, tmp_path: Path) -> Path:
    """The working directory of a job: the environments, and the assemblies that it downloaded."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "previous").symlink_to(assembly)
    return tmp_path


@pytest.fixture
def step(aws: dict[str, str], checkout: Path) -> Step:
    """Return a function that runs a step of a workflow, found by its name, as the runner does."""

    def run(workflow: str, name: str, **values: str) -> subprocess.CompletedProcess[str]:
        description = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text("utf-8"))
        steps = [it for job in description["jobs"].values() for it in job["steps"] if it.get("name") == name]
        env = {**aws, **description["env"], "GITHUB_STEP_SUMMARY": str(checkout / "summary.md"), **values}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[0]["run"]]
        return subprocess.run(shell, cwd=checkout, env=env, capture_output=True, text=True)

    return run


@contextmanager
def gateway(aws: dict[str, str], folder: Path) -> Iterator[str]:
    """Serve what is deployed now, and yield the URL of its stage."""
    options = ["--deployed", STACK, "--endpoint-url", aws["AWS_ENDPOINT_URL"], "--port", "0", "--json"]
    log = folder / "gateway.log"
    with service([TOOLS / "streaming-api", "local", *options], aws, log, read_output=True) as process:
        assert process.stdout
        with process.stdout:
            line = process.stdout.readline()
            assert line, log.read_text("utf-8")
            yield json.loads(line)["url"] + "/prod/"


def test_workflows_deployment_that_does_not_stream_is_rolled_back(
    aws: dict[str, str], cdk: Cdk, bootstrapped: None, assembly: Path, checkout: Path, step: Step
) -> None:
    cdk("deploy", STACK, "--app", assembly, "--require-approval", "never")

    edited(assembly, checkout / "assembly", buffer)
    deployed = step("deploy", "Deploy")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    with gateway(aws, checkout) as url:
        proof = until_told(
            lambda _: step("deploy", "Prove that it streams", TARGET=url, RUNS="1"),
            lambda proof: proof.returncode != 2,
        )
    assert proof.returncode == 1, proof.stdout + proof.stderr
    verdict = proof.stdout.splitlines()[-1]
    assert verdict != "STREAMING"
    assert ElementTree.parse(checkout / "smoke.xml").getroot().find(".//failure") is not None
    assert verdict in (checkout / "summary.md").read_text("utf-8")

    back = step("deploy", "Roll back")
    assert back.returncode == 0, back.stdout + back.stderr
    with gateway(aws, checkout) as url:
        proof = until_proved(
            lambda _: step("deploy", "Prove that it streams again", TARGET=url, RUNS="1"),
            lambda proof: proof.returncode == 0,
        )
    assert proof.returncode == 0, proof.stdout + proof.stderr


def test_workflows_rollback_without_earlier_assembly_reports_what_stays(step: Step) -> None:
    said = step("deploy", "Say that there is no way back").stdout
    assert said.startswith("::error::")
    assert f"{STACK} stays as it was deployed" in said


def test_workflows_pull_request_gets_the_diff_as_a_comment(checkout: Path, step: Step) -> None:
    synthesized(checkout / "assembly", "allow_origins=")
    compared = step("diff", "Compare with what is deployed")
    assert compared.returncode == 0, compared.stderr
    assert step("diff", "Write the comment").returncode == 0
    comment = (checkout / "comment.md").read_text("utf-8")
    lines = comment.splitlines()
    assert lines[:2] == [f"`cdk diff {STACK}`", "```diff"]
    assert lines[-1] == "```"
    # what was added and taken away is coloured by its first character
    assert any(line.startswith("+ ") and "[+]" in line for line in lines)
    assert any(line.startswith("- ") and "[-]" in line and "OPTIONS" in line for line in lines)


def test_workflows_diff_comment_is_cut_and_stays_in_its_block(checkout: Path, step: Step) -> None:
    (checkout / "diff.txt").write_text("[+] ```\n" + "x" * 70_000, "utf-8")
    assert step("diff", "Write the comment").returncode == 0
    comment = (checkout / "comment.md").read_text("utf-8")
    assert len(comment) < 65_536
    assert comment.count("```") == 2
