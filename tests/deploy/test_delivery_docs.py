"""What docs/ci.md, docs/unverified.md and docs/versioning.md show is run, and what they list is complete."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from demo import ACCOUNT, REGION, ROOT

DOCS = ROOT / "docs"
PAGES = ("ci.md", "unverified.md", "versioning.md")
pytestmark = pytest.mark.timeout(180)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def shell(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True)


def test_every_command_of_these_pages_is_one_that_is_run_here() -> None:
    shown = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    assert [shlex.split(line)[:3] for line in shown] == [
        ["cdk", "deploy", "GithubRoles"],
        ["cdk", "synth", "StreamingChatPipeline"],
        ["STREAMING_API_AWS_ACCOUNT=123456789012", "python", "-m"],
        ["make", "wheel"],
    ]


def test_the_roles_of_the_workflows_are_deployed_by_the_command_that_is_shown(
    aws: dict[str, str], cdk: Callable[..., str], tmp_path: Path
) -> None:
    cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--output", tmp_path / "cdk.out")
    command = (
        f"{blocks('ci.md', 'sh')[0].strip()} --require-approval never --ci --output {tmp_path / 'roles'}"
    )
    done = shell(command, aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GithubRoles.DeployRoleArn" in done.stdout + done.stderr
    assert "GithubRoles.DiffRoleArn" in done.stdout + done.stderr


def test_the_pipeline_synthesizes_with_the_settings_that_are_shown(
    aws: dict[str, str], tmp_path: Path
) -> None:
    (settings,) = blocks("ci.md", "json")
    pipeline = json.dumps(json.loads(settings)["pipeline"])
    command = (
        f"{blocks('ci.md', 'sh')[1].strip()} -c {shlex.quote('pipeline=' + pipeline)} --output {tmp_path}"
    )
    done = shell(command, aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "StreamingChatPipeline.template.json").exists()


def test_the_suite_for_an_account_runs_as_it_is_shown_and_refuses_another_account(
    aws: dict[str, str],
) -> None:
    done = shell(blocks("unverified.md", "sh")[0], aws)
    assert f"is 123456789012, but the credentials are for {ACCOUNT}" in done.stdout


def test_a_release_is_built_as_it_is_shown(aws: dict[str, str]) -> None:
    done = shell(blocks("versioning.md", "sh")[0], aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.suffix for path in (ROOT / "dist").iterdir()} >= {".whl", ".gz"}


def unverified() -> dict[str, str]:
    """Return what would show each thing that was never run, by its name in the table."""
    rows = re.findall(
        r"^\| (.+?) \| .+? \| `(.+?)` \|$", (DOCS / "unverified.md").read_text("utf-8"), re.MULTILINE
    )
    return dict(rows)


def test_unverified_page_lists_what_was_never_run() -> None:
    assert len(unverified()) >= 9


def test_what_would_show_a_claim_is_there() -> None:
    for shown_by in unverified().values():
        file, _, test = shown_by.partition("::")
        if file == "make deploy":
            assert re.search(r"^deploy:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        else:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8") if test else (ROOT / file).exists()


def test_the_oldest_cdk_of_the_page_is_the_one_that_is_asked_for() -> None:
    asked = re.search(r"aws-cdk-lib>=([\d.]+),<3", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert asked
    assert f"\n{asked[1]} is the oldest today." in (DOCS / "versioning.md").read_text("utf-8")
    assert f"aws-cdk-lib>={asked[1]},<3" in (ROOT / "examples/consumer/requirements.txt").read_text("utf-8")
