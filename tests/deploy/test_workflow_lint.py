"""The workflows of CI as an auditor reads them: pinned, with few permissions and without a lasting secret."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from streaming_api_tools.init.project import files_of

ROOT = Path(__file__).resolve().parents[2]
#: Those of this repository, and those that `streaming-api init` writes for others.
WORKFLOWS = [
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    *sorted((ROOT / "streaming_api_tools" / "init" / "templates").rglob("*.yml.template")),
]
#: An action at a commit, and the version that the commit is.
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def zizmor(path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--strict-collection", "--no-config"]
    return subprocess.run(
        [*command, "--persona", "auditor", "--no-progress", str(path)], capture_output=True, text=True
    )


def test_workflows_zizmor_has_no_finding() -> None:
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_of_a_new_app_zizmor_has_no_finding(tmp_path: Path) -> None:
    for path, text in files_of("chat", "Chat", "1.0").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    done = zizmor(tmp_path / ".github")
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_zizmor_finds_an_unpinned_action(tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "bad.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v7}]}}", "utf-8")
    assert "unpinned-uses" in zizmor(tmp_path / ".github").stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_every_action_is_pinned_to_a_commit_with_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text("utf-8"))
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_read_no_secret_but_the_token_of_the_run(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert "secrets." not in text
    assert not re.search(r"aws-(access-key-id|secret-access-key|session-token)", text)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_pull_request_jobs_have_read_permissions_only(workflow: Path) -> None:
    description = yaml.safe_load(workflow.read_text("utf-8"))
    assert description["permissions"] == {}
    # YAML 1.1 reads the key `on` as true
    if "pull_request" not in description[True]:
        return
    for job in description["jobs"].values():
        checkouts = [step.get("with", {}) for step in job["steps"] if "checkout@" in step.get("uses", "")]
        base = [inputs.get("ref") == "${{ github.event.pull_request.base.sha }}" for inputs in checkouts]
        assert all(base) or job["permissions"] == {"contents": "read"}


def test_workflows_id_token_is_only_for_jobs_that_assume_a_role() -> None:
    for workflow in WORKFLOWS:
        for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
            assumes = any("configure-aws-credentials@" in step.get("uses", "") for step in job["steps"])
            assert ("id-token" in job["permissions"]) == assumes
