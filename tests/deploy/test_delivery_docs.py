"""What docs/ci.md, docs/unverified.md and docs/versioning.md show is run, and what they list is complete."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from demo import ACCOUNT, ROOT

DOCS = ROOT / "docs"
PAGES = ("ci.md", "unverified.md", "versioning.md")
pytestmark = pytest.mark.timeout(900)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def shell(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True)


def test_delivery_docs_every_command_is_run_by_a_test() -> None:
    shown = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    assert [shlex.split(line)[:3] for line in shown] == [
        ["cdk", "deploy", "GithubRoles"],
        ["cdk", "synth", "StreamingChatPipeline"],
        ["STREAMING_API_AWS_ACCOUNT=123456789012", "python", "-m"],
        ["make", "wheel"],
    ]


def test_delivery_docs_command_deploys_the_github_roles(
    aws: dict[str, str], bootstrapped: None, tmp_path: Path
) -> None:
    command = (
        f"{blocks('ci.md', 'sh')[0].strip()} --require-approval never --ci --output {tmp_path / 'roles'}"
    )
    done = shell(command, aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GithubRoles.DeployRoleArn" in done.stdout + done.stderr
    assert "GithubRoles.DiffRoleArn" in done.stdout + done.stderr


def test_delivery_docs_settings_synthesize_the_pipeline(aws: dict[str, str], tmp_path: Path) -> None:
    (settings,) = blocks("ci.md", "json")
    pipeline = json.dumps(json.loads(settings)["pipeline"])
    command = (
        f"{blocks('ci.md', 'sh')[1].strip()} -c {shlex.quote('pipeline=' + pipeline)} --output {tmp_path}"
    )
    done = shell(command, aws)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "StreamingChatPipeline.template.json").exists()


def test_delivery_docs_aws_suite_command_refuses_another_account(
    aws: dict[str, str],
) -> None:
    done = shell(blocks("unverified.md", "sh")[0], aws)
    assert f"is 123456789012, but the credentials are for {ACCOUNT}" in done.stdout


def test_delivery_docs_command_builds_a_release(aws: dict[str, str]) -> None:
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


def test_unverified_docs_every_claim_names_an_existing_test() -> None:
    for shown_by in unverified().values():
        file, _, test = shown_by.partition("::")
        if file == "make deploy":
            assert re.search(r"^deploy:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        else:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8") if test else (ROOT / file).exists()


def test_versioning_docs_oldest_cdk_is_that_of_pyproject() -> None:
    asked = re.search(r"aws-cdk-lib>=([\d.]+),<3", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert asked
    assert f"\n{asked[1]} is the oldest today." in (DOCS / "versioning.md").read_text("utf-8")
    assert f"aws-cdk-lib>={asked[1]},<3" in (ROOT / "examples/consumer/requirements.txt").read_text("utf-8")
