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
PINNED = re.compile(r"[\w-]+/[\w-]+(/[\w-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+")


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


#: A step for which a job may have a token of its own.
NEEDS_A_TOKEN = ("configure-aws-credentials@", "attest-build-provenance@", "--trusted-publishing")


def test_workflows_id_token_is_only_for_jobs_that_use_one() -> None:
    for workflow in WORKFLOWS:
        for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
            steps = [step.get("uses", "") + step.get("run", "") for step in job["steps"]]
            uses = any(mark in step for step in steps for mark in NEEDS_A_TOKEN)
            assert ("id-token" in job["permissions"]) == uses


def test_release_publishes_what_was_tested_and_only_after_a_review() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))["jobs"]
    assert [job.get("needs") for job in jobs.values()] == [None, "test", "build", "publish"]
    publishing = [name for name, job in jobs.items() if "environment" in job]
    assert publishing == ["publish"]
    (upload,) = [
        step for job in jobs.values() for step in job["steps"] if "uv publish" in step.get("run", "")
    ]
    assert upload in jobs["publish"]["steps"]
    attesting = [name for name, job in jobs.items() if "attestations" in job["permissions"]]
    assert attesting == ["publish"]
    # what is published was built once, by a job without a token
    assert "id-token" not in jobs["build"]["permissions"]
    assert not any("make wheel" in step.get("run", "") for step in jobs["publish"]["steps"])
    assert jobs["test"]["steps"][-1]["run"] == "make test"


def test_test_workflow_has_every_python_and_platform_that_is_claimed() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))["jobs"]
    pythons = jobs["test"]["strategy"]["matrix"]["python"]
    assert pythons == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    platforms = jobs["platforms"]["strategy"]["matrix"]["include"]
    assert {each["os"].partition("-")[0] for each in platforms} == {"ubuntu", "macos"}
    assert any(each["os"].endswith("-arm") for each in platforms)
    assert [each["python"] for each in platforms if each.get("preview")] == ["3.15"]
    # what no job runs is said
    unverified = (ROOT / "docs" / "unverified.md").read_text("utf-8")
    assert "Linux on arm64, macOS, Windows with WSL, and Python 3.15" in unverified


def test_dependabot_watches_every_folder_with_javascript_packages() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))["updates"]
    (watched,) = [each["directories"] for each in updates if each["package-ecosystem"] == "npm"]
    locks = [path for place in ("*", "bench/*/*", "tests/*/*/*") for path in ROOT.glob(f"{place}-lock.json")]
    assert len(locks) > 3
    for folder in (Path("/") / lock.relative_to(ROOT).parent for lock in locks):
        assert any(folder.match(pattern) for pattern in watched), folder


def test_pre_commit_runs_programs_of_the_environment_with_the_arguments_of_make() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    check = (ROOT / "Makefile").read_text("utf-8").partition("\ncheck: ")[2].partition("\n\n")[0]
    for hook in local["hooks"]:
        program = hook["entry"].removesuffix(" .")
        assert program.replace(".venv/bin", "$(BIN)") in check
        assert (ROOT / program.split()[0]).exists()
