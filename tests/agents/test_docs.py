"""The page of the agents: its handlers are the examples, and its other blocks are run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_streaming_api import BedrockModel, BundledCode, StreamingFunction
from streaming_api_tools.testing import Bedrock
from tests.agents.environments import AGENTS, CACHE, EXAMPLE, ROOT, ag_ui_client, bundled
from tests.agents.test_agents import asked, running
from tests.agents.test_stack import assembly, stage

__all__ = ["assembly", "stage"]  # the fixtures
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Pydantic AI needs Python 3.11"),
]
PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_agents_page_shows_the_examples() -> None:
    assert blocks("python")[:3] == [(EXAMPLE / name / "app.py").read_text("utf-8") for name in AGENTS]


def test_agents_page_shows_the_events_of_the_first(bedrock: Bedrock) -> None:
    with running("strands", bedrock) as function:
        bedrock.call("weather", city="Oslo")
        bedrock.reply("It ", "rains.")
        payload = asked("strands", function).wait().payload
    assert payload.decode() == blocks("text")[0]


def test_agents_page_client_of_ag_ui_prints_the_answer(stage: str, bedrock: Bedrock) -> None:
    bedrock.call("weather", city="Oslo")
    bedrock.reply("It ", "rains.")
    folder = ag_ui_client()
    (folder / "page.mjs").write_text(blocks("js")[0], "utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "node.py"), "page.mjs", f"{stage}/ag-ui"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.stdout == "It rains.\n", done.stderr


def test_agents_page_command_is_that_of_the_app_and_makes_what_the_stack_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, command = blocks("sh")[0].splitlines()
    assert folder == f"cd {EXAMPLE.relative_to(ROOT)}"
    assert command == json.loads((EXAMPLE / "cdk.json").read_text("utf-8"))["build"]
    (CACHE / "lambda").mkdir(parents=True, exist_ok=True)
    (tmp_path / "build").symlink_to(CACHE / "lambda")
    for name in AGENTS:
        shutil.copytree(EXAMPLE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    python = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command.split()[1:]], cwd=tmp_path, env=python, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(AGENTS)
    monkeypatch.chdir(tmp_path)
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False), "Docs")
    given = [BedrockModel, BundledCode, StreamingFunction]
    exec(blocks("python")[3], {"self": stack, **{each.__name__: each for each in given}})
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 1)


@pytest.mark.parametrize("name", AGENTS)
def test_agents_page_has_the_sizes_of_the_bundles(name: str) -> None:
    folder = bundled(name, "--runtime", "python3.14", kind="lambda")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    packages = len(json.loads((folder / ".bundle.json").read_text("utf-8"))["packages"])
    assert f"| `{name}` | {packages} | {size / 2**20:.1f} MB |" in PAGE
