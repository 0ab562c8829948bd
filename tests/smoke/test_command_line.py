"""The command line as a whole: fast, and clear about what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from streaming_api_tools.cli import COMMANDS
from tests.smoke.conftest import CommandLine


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60
    )


def test_command_line_help_lists_commands_without_importing_them(script: CommandLine) -> None:
    shown = script("--help").stdout
    for command in ("local", "smoke", "chat", "doctor", "check", "policy"):
        assert f"\n  {command} " in shown
    loaded = python(
        "import json, sys\n"
        "from streaming_api_tools.__main__ import run\n"
        "run()\n"
        "print(json.dumps(sorted(sys.modules)))",
        "--help",
    ).stdout.splitlines()[-1]
    modules = set(json.loads(loaded))
    assert "streaming_api_tools.cli" in modules
    assert not modules & {"aiohttp", "botocore", "boto3", "rich", "aws_cdk", "streaming_api_tools.smoke"}


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_command_line_each_help_has_examples_or_exit_codes(script: CommandLine, command: list[str]) -> None:
    done = script(*command, "--help", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert "Usage: streaming-api" in done.stdout
    assert r"\b" not in done.stdout
    if "Exit codes:" in done.stdout:
        codes = done.stdout.split("Exit codes:\n")[1].split("\n\n")[0].splitlines()
        assert [line.split()[0] for line in codes] == sorted(line.split()[0] for line in codes)
        assert all(line.split()[0].isdigit() for line in codes)


def test_command_line_version_is_that_of_the_distribution(script: CommandLine) -> None:
    assert script("--version").stdout.startswith("streaming-api, version ")


@pytest.mark.parametrize("missing", ["click", "aiohttp", "rich", "botocore"])
def test_command_line_missing_extra_prints_the_pip_command(missing: str) -> None:
    done = python(
        f"import sys; sys.modules[{missing!r}] = None\nfrom streaming_api_tools.__main__ import main\nmain()",
        "smoke",
        "http://127.0.0.1:1/",
    )
    assert done.returncode == 3
    assert done.stderr == (
        f"streaming-api: {missing} is not installed; install the wheel with its extra: "
        f"pip install './cdk_streaming_api-{version('cdk-streaming-api')}-py3-none-any.whl[tools]'\n"
    )


def test_command_line_unknown_command_is_one_line(script: CommandLine) -> None:
    done = script("nonsense")
    assert done.returncode == 2
    assert done.stderr == "streaming-api: No such command 'nonsense'. (see 'streaming-api --help')\n"


def test_policy_command_passes_every_argument_to_the_construct_library(
    script: CommandLine, tmp_path: Path
) -> None:
    package = tmp_path / "cdk_streaming_api"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "policy.py").write_text("import sys; print(sys.argv[1:]); sys.exit(7)")
    place = ("--region", "-r", "--account", "a")
    done = script("policy", *place, "--model=m", "--model", "n", "--", "--x", cwd=tmp_path)
    assert done.stdout == "['--region=-r', '--account=a', '--model=m', '--model=n', '--', '--x']\n"
    assert done.returncode == 7


def test_check_command_needs_neither_constructs_nor_another_process(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    template.write_text('{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}')
    done = python(
        "import os, sys\n"
        "os.execv = sys.modules['cdk_streaming_api'] = None\n"
        "from streaming_api_tools.__main__ import main\nmain()",
        "check",
        str(template),
    )
    assert done.stderr == ""
    assert (done.stdout, done.returncode) == ("0 errors, 0 warnings in 1 template\n", 0)
