"""The official conformance suite of both eras, through the gateway, before a server with its fixtures."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.mcp.scenarios import NOT_APPLICABLE, SUITES
from tests.support.gateway import Serving
from tests.support.mcp.environments import FOLDER, JAVASCRIPT, NODE, ROOT

pytestmark = pytest.mark.timeout(600)
PAGE = ROOT / "docs" / "mcp.md"
#: the whole suite of an era, and what the newest revision requires of every server
RUNS = {
    "2025-11-25": ("--suite", "all"),
    "2026-07-28": ("--suite", "all", "--spec-version", "2026-07-28"),
    "2026-07-28 required": ("--requirements", "2026-07-28"),
}
#: Those of an extension that the server does not declare; the suite runs and does not score them.
EXTENSION = "tasks-"
#: In the summary of the suite: whether a scenario has passed, and its name.
OUTCOME = re.compile(r"^(✓|✗) ([\w-]+): \d+ passed", re.MULTILINE)


@pytest.mark.parametrize("name", RUNS)
def test_mcp_conformance_of_every_scenario_that_applies(name: str, serving: Serving, tmp_path: Path) -> None:
    revision = name.partition(" ")[0]
    suite = FOLDER / JAVASCRIPT / "node_modules" / SUITES[revision] / "dist" / "index.js"
    url = f"{serving.url}/prod/everything"
    command = [str(NODE), str(suite), "server", "--url", url, *RUNS[name], "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    outcomes = dict((scenario, mark) for mark, scenario in OUTCOME.findall(done.stdout))
    assert len(outcomes) > 30, done.stdout + done.stderr
    failed = {
        scenario for scenario, mark in outcomes.items() if mark == "✗" and not scenario.startswith(EXTENSION)
    }
    # one that begins to pass is to leave the table
    assert failed == set(NOT_APPLICABLE[revision]), done.stdout


def test_mcp_conformance_tables_of_the_page_are_those_of_the_test() -> None:
    page = PAGE.read_text("utf-8")
    shown = dict(
        re.findall(r"^\| `([\w-]+)` \| (.*?) \|$", page.partition("## Conformance")[2], re.MULTILINE)
    )
    assert shown == {name: reason for table in NOT_APPLICABLE.values() for name, reason in table.items()}
