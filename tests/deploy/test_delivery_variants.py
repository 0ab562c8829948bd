"""Deliver without GitHub: the plain script and GitLab have the commands of the workflow, in its order."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "ci" / "deploy.sh"
#: Notes how it was called, and ends with the exit codes in its file, one after the other.
PROGRAM = """#!/bin/sh
echo "${0##*/} $*" >> calls
read -r code others 2>/dev/null < "${0##*/}-$1" || exit 0
echo "$others" > "${0##*/}-$1"
exit "${code:-0}"
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The directory of a job, with programs that only note how they are called."""
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("cdk", "streaming-api"):
        (tools / name).write_text(PROGRAM)
        (tools / name).chmod(0o755)
    return tmp_path


def run(job: Path, **env: str) -> tuple[int, list[str]]:
    """Run the script and return its exit code with the commands that it ran."""
    done = subprocess.run(["sh", str(SCRIPT)], cwd=job, env={"PATH": "/usr/bin:/bin", **env})
    return done.returncode, (job / "calls").read_text().splitlines()


DOCTOR = "streaming-api doctor --cdk .venv/bin/cdk"
DEPLOY = "cdk deploy StreamingChat --app {} --require-approval never --progress events --ci"
SMOKE = "streaming-api smoke StreamingChat --runs 3 --wait 120"


def test_deploy_script_runs_the_three_commands(job: Path) -> None:
    assert run(job) == (0, [DOCTOR, DEPLOY.format("cdk.out"), f"{SMOKE} --junit smoke.xml"])


def test_deploy_script_goes_back_when_the_proof_fails(job: Path) -> None:
    (job / "streaming-api-smoke").write_text("7\n")
    (job / "previous").mkdir()
    (job / "previous" / "manifest.json").touch()
    code, calls = run(job)
    assert code == 7
    assert calls[3:] == [DEPLOY.format("previous"), SMOKE]


@pytest.mark.parametrize(
    ("code", "told"), [(1, "does not stream"), (3, "was not proved to stream (exit code 3)")]
)
@pytest.mark.parametrize(("proofs", "deployments"), [("2", "0"), ("0", "0 9")])
def test_deploy_script_ends_as_the_first_proof_did(
    job: Path, proofs: str, deployments: str, code: int, told: str
) -> None:
    (job / "streaming-api-smoke").write_text(f"{code} {proofs}\n")
    (job / "cdk-deploy").write_text(f"{deployments}\n")
    (job / "previous").mkdir()
    (job / "previous" / "manifest.json").touch()
    environment = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", str(SCRIPT)], cwd=job, env=environment, capture_output=True, text=True)
    assert done.returncode == code
    assert f"StreamingChat {told}; deploying previous again" in done.stderr
    assert "previous was not proved to stream either" in done.stderr


def test_deploy_script_without_an_earlier_assembly_stays(job: Path) -> None:
    (job / "streaming-api-smoke").write_text("7\n")
    code, calls = run(job)
    assert (code, len(calls)) == (7, 3)


@pytest.mark.parametrize(("program", "ran"), [("streaming-api-doctor", 1), ("cdk-deploy", 2)])
def test_deploy_script_stops_at_the_first_failure(job: Path, program: str, ran: int) -> None:
    (job / program).write_text("7\n")
    code, calls = run(job)
    assert (code, len(calls)) == (7, ran)


def test_deploy_script_takes_its_settings_from_the_environment(job: Path) -> None:
    _, calls = run(job, STACK="Other", ASSEMBLY="built", TARGET="https://api.example/prod/", RUNS="20")
    assert calls[1].startswith("cdk deploy Other --app built ")
    assert calls[2].startswith("streaming-api smoke https://api.example/prod/ --runs 20 ")


def test_deploy_workflow_has_the_commands_of_the_script() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text("utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["deploy"]["steps"]]
    text = SCRIPT.read_text("utf-8")
    commands = ("streaming-api doctor", "cdk deploy", "streaming-api smoke")
    places = [next(n for n, step in enumerate(steps) if f"bin/{command}" in step) for command in commands]
    assert places == sorted(places)
    for flag in ("--require-approval never", "--progress events", "--ci", "--wait 120", "--junit smoke.xml"):
        assert flag in text
        assert any(flag in step for step in steps)


def test_gitlab_template_runs_the_script_with_a_token_of_the_run() -> None:
    text = (ROOT / "ci" / "gitlab-ci.yml").read_text("utf-8")
    pipeline = yaml.safe_load(text)
    deploy = pipeline["deploy"]
    assert deploy["script"][-1] == "sh ci/deploy.sh"
    assert deploy["artifacts"]["reports"] == {"junit": "smoke.xml"}
    assert deploy["id_tokens"] == {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
    assert (
        {"synth", "deploy"}
        == set(pipeline["stages"])
        == {pipeline[name]["stage"] for name in ("synth", "deploy")}
    )
    assert "AWS_SECRET_ACCESS_KEY" not in text
    for job in ("synth", "deploy"):
        for line in pipeline[job]["script"]:
            done = subprocess.run(["sh", "-n", "-c", line], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
