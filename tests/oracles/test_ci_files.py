"""The files of CI against the schemas of GitHub's and GitLab's files, which check-jsonschema carries."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from streaming_api_tools.init.project import files_of

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / ".cache" / "oracles" / "bin" / "check-jsonschema"
GITHUB = ROOT / ".github"
#: Schema of check-jsonschema -> the files that it describes.
FILES = {
    "github-workflows": sorted((GITHUB / "workflows").glob("*.yml")),
    "github-issue-forms": [GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml" for name in ("bug", "feature")],
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "dependabot": [GITHUB / "dependabot.yml"],
    "gitlab-ci": [ROOT / "ci" / "gitlab-ci.yml"],
}
pytestmark = pytest.mark.skipif(
    not CHECK.exists(), reason="'make oracles' installs what has the schemas, for Python 3.11, and runs this"
)


def findings(schema: str, files: list[Path]) -> str:
    """Return what is wrong with the files; nothing when the program ends with 0."""
    command = [str(CHECK), "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("schema", FILES)
def test_ci_files_are_valid_by_their_schema(schema: str) -> None:
    assert FILES[schema]
    assert findings(schema, FILES[schema]) == ""


def test_ci_files_of_a_new_app_are_valid_by_their_schema(tmp_path: Path) -> None:
    new = {path: text for path, text in files_of("chat", "Chat", "1.0").items() if "workflows" in path}
    written = [tmp_path / path.replace("/", "-") for path in new]
    for path, text in zip(written, new.values(), strict=True):
        path.write_text(text, "utf-8")
    assert len(written) == 2
    assert findings("github-workflows", written) == ""


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ("github-workflows", "runs-on:", "run-on:"),
        ("github-issue-forms", "type: textarea", "type: text"),
        ("github-issue-config", "blank_issues_enabled:", "blank_issues:"),
        ("dependabot", "interval: weekly", "interval: fortnightly"),
        ("gitlab-ci", "stage: synth", "stages: synth"),
    ],
)
def test_ci_files_that_are_spoilt_are_found(schema: str, right: str, wrong: str, tmp_path: Path) -> None:
    text = FILES[schema][0].read_text("utf-8")
    assert right in text
    spoilt = tmp_path / FILES[schema][0].name
    spoilt.write_text(text.replace(right, wrong), "utf-8")
    assert findings(schema, [spoilt])
