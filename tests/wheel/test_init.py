"""Start an app with ``streaming-api init`` from the wheel alone: it synthesizes, is tested, and streams."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from streaming_api_tools.init.project import PROJECTS
from tests.support.stretched import gaps, until_proved
from tests.wheel.conftest import ROOT, run
from tests.wheel.test_examples import gateway, proof

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("template", PROJECTS)
def test_init_app_synthesizes_tests_itself_and_streams(template: str, python: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my-app"
    tools = python.parent / "streaming-api"
    said = run(tools, "init", folder, "--template", template, cwd=tmp_path)
    assert (folder / "wheels").is_dir(), "the wheel that the environment was installed from"
    assert "with the stack MyApp" in said
    tested = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
    assert "2 passed" in tested
    if template == "mcp":
        run(python, "-m", "cdk_streaming_api.bundle", "--here", "tools", cwd=folder)
    # the command line starts `python` of its PATH: the app is run as it runs it
    given = [f"CDK_OUTDIR={folder / 'cdk.out'}", "CDK_VALIDATION=false"]
    run("env", *given, python, "-s", "app.py", cwd=folder)
    # whoever begins is not met by a warning
    told = "".join(path.read_text("utf-8") for path in (folder / "cdk.out").glob("*.json"))
    warnings = re.findall(r'"aws:cdk:warning",\s*"data": "([^"]*)', told)
    assert ["of this machine" in each for each in warnings] == [True] * (template == "mcp")
    log = tmp_path / "gateway.log"
    with gateway(python, folder / "cdk.out", "MyApp", log) as url:
        smoke = [str(tools), "smoke", f"{url}/probe", "--auth", "none", "--runs", "1"]
        done = until_proved(
            lambda times: subprocess.run(
                [*smoke, *gaps(times, 50, 450)], cwd=folder, capture_output=True, text=True
            ),
            lambda done: done.returncode == 0,
        )
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "STREAMING"), done.stderr
        if template != "chat":
            return
        shown = proof(python, f"{url}/chat", '{"prompt": "Tell me a long story"}')
        assert shown.returncode == 0, shown.stdout + log.read_text("utf-8")


def test_init_app_installs_its_requirements_without_an_index_of_its_own(
    wheel: Path, python: Path, tmp_path: Path
) -> None:
    """Pip finds the wheel in ``wheels``, whatever the folder it is run in."""
    run(python.parent / "streaming-api", "init", tmp_path / "new", cwd=tmp_path)
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    pip = f"-m pip --python {tmp_path / 'venv' / 'bin' / 'python'} install -q --no-deps --no-index".split()
    run(sys.executable, *pip, "-r", tmp_path / "new" / "requirements.txt", cwd=ROOT)
    assert list((tmp_path / "venv").glob("lib/*/site-packages/cdk_streaming_api"))
