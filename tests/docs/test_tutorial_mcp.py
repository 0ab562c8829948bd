"""The end of the tutorial: an MCP server, behind the local gateway, and a client that uses it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import running

from tests.docs.test_blocks import ROOT, blocks, command, environment
from tests.support.mcp.environments import packages, pins

FILES = ("tools/server.py", "mcp_app.py", "use_tools.py")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the section, with the SDK, synthesized as it says."""
    folder = tmp_path_factory.mktemp("tutorial")
    # what pip would install there
    shutil.copytree(packages("mcp"), folder / "tools", copy_function=os.link)
    for name, code in zip(FILES, blocks("tutorial", "python")[2:], strict=True):
        (folder / name).write_text(code, "utf-8")
    synth = command("tutorial", '.venv/bin/cdk synth --quiet --app "python mcp_app.py"')
    done = subprocess.run(synth, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Where the app is served."""
    local = [*command("tutorial", ".venv/bin/streaming-api local --no-auth mcp.out"), "--port", "0"]
    local[local.index("mcp.out")] = str(folder / "mcp.out")
    with running(local, environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        with process.stdout as lines:
            yield lines.readline().removeprefix("listening on ").strip()


def test_tutorial_mcp_client_reads_what_the_page_shows(folder: Path, url: str) -> None:
    (line,) = (
        line for line in "".join(blocks("tutorial", "sh")).splitlines() if line.startswith("PYTHONPATH=tools")
    )
    client = folder / line.split()[-1]
    code = client.read_text("utf-8").replace("http://127.0.0.1:3000", url)
    assert url in code
    client.write_text(code, "utf-8")
    variables = {**environment(), "PYTHONPATH": str(folder / "tools")}
    done = subprocess.run(
        [sys.executable, str(client)], env=variables, capture_output=True, text=True, timeout=300
    )
    assert done.stdout == blocks("tutorial", "text")[1], done.stderr


def test_tutorial_mcp_version_is_the_tested_one() -> None:
    installed = command("tutorial", ".venv/bin/pip install --quiet --target tools")[-1]
    assert f"\n{installed} " in pins("mcp").read_text("utf-8")


def test_tutorial_leaves_nothing_behind(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    written = re.findall(r"`([\w/]+\.py)`|folder `(\w+)`|--(?:output|target) (\S+)", page)
    names = {next(filter(None, found)).partition("/")[0] for found in written} - {"app.py"}
    assert {"countdown", "tools", "tutorial.out", "mcp.out", "use_tools.py"} <= names
    for name in names:
        (tmp_path / name).mkdir()
    subprocess.run(command("tutorial", "rm -rf"), cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
