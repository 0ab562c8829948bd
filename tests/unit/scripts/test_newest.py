"""Hold the watch of new releases: its table, its workflow and the suites that it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from newest import WATCHED, commands

ROOT = Path(__file__).resolve().parents[3]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "newest.yml").read_text("utf-8"))


def test_newest_workflow_runs_every_watched_package_on_a_schedule() -> None:
    # YAML 1.1 reads the key `on` as true
    assert WORKFLOW[True]["schedule"]
    assert WORKFLOW["jobs"]["suites"]["strategy"]["matrix"]["package"] == list(WATCHED)


def test_newest_suites_are_suites_of_the_makefile() -> None:
    found = re.search(r"^SUITES := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert found
    assert {suite for each in WATCHED.values() for suite in each.suites} <= set(found[1].split())


@pytest.mark.parametrize(
    ("name", "installs"),
    [("awslambdaric", "--pre --upgrade awslambdaric"), ("openai", "openai-3 openai"), ("ai", "ai@latest ")],
)
def test_newest_installs_the_package_before_its_suites_run(name: str, installs: str) -> None:
    *before, install, suite = commands(name)
    assert installs in " ".join(install)
    assert before == ([("make", "official-clients")] if WATCHED[name].folder else [])
    assert suite == ("make", f"test-{WATCHED[name].suites[0]}")


def test_newest_mcp_replaces_the_pinned_sdk_of_its_tests() -> None:
    pinned, install, suite = commands("mcp")
    # python -c finds the tests in the folder that the commands run in
    assert (pinned[1], pinned[3]) == ("-c", "mcp")
    compile(pinned[2], "install", "exec")
    assert "--target" in install
    assert install[-2:] == (str(ROOT / ".cache" / "observers" / "mcp"), "mcp")
    assert suite == ("make", "test-runtime", "PYTEST_FLAGS=-k mcp")
    assert (ROOT / "tests" / "runtime" / "test_mcp.py").is_file()
