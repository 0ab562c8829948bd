"""A command whose output cannot be written ends in one line and a code that says nothing about the API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.smoke.conftest import STREAMING_API
from tests.smoke.servers import honest, serving

TEMPLATE = '{"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi"}}}'
POLICY = (
    "policy",
    "amazon.nova-lite-v1:0",
    "--region",
    "eu-west-1",
    "--account",
    "111122223333",
)
COMMANDS = {
    "help": ("--help",),
    "smoke": ("smoke", "http://127.0.0.1:1/", "--auth", "none"),
    "smoke --json": ("smoke", "http://127.0.0.1:1/", "--auth", "none", "--json"),
    "load": ("load", "http://127.0.0.1:1/", "--auth", "none", "--seconds", "0.1"),
    "explain": ("explain", "Missing Authentication Token"),
    "explain --list": ("explain", "--list"),
    "policy": POLICY,
    "check": ("check", "template.json"),
    "check --format sarif": ("check", "template.json", "--format", "sarif"),
}
PROGRAMS = {
    "cdk_streaming_api.check": ("template.json",),
    "cdk_streaming_api.policy": POLICY[1:],
}
FULL = re.compile(r"streaming-api( check| policy)?: cannot write the output: No space left on device\n\Z")


def command_line(name: str) -> list[str | Path]:
    if name in PROGRAMS:
        return [sys.executable, "-m", name, *PROGRAMS[name]]
    return [STREAMING_API, *COMMANDS[name]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "template.json").write_text(TEMPLATE)
    return tmp_path


@pytest.mark.parametrize("command", [*COMMANDS, *PROGRAMS])
def test_broken_output_full_disk_is_one_line_and_exit_code_3(folder: Path, command: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command_line(command),
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 3, done.stderr
    assert FULL.search(done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [*COMMANDS, *PROGRAMS])
def test_broken_output_closed_pipe_ends_as_a_shell_expects(folder: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            command_line(command),
            cwd=folder,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    finally:
        os.close(write)
    assert done.returncode == 141, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("option", ["--junit", "--svg", "--markdown", "--record"])
def test_broken_output_file_is_one_line_and_exit_code_3(option: str) -> None:
    with serving(lambda: {"/probe": honest}) as url:
        command: list[str | Path] = [STREAMING_API, "smoke", f"{url}/probe", "--auth", "none", "--runs", "1"]
        done = subprocess.run([*command, option, "/dev/full"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.stderr
    assert done.stderr.splitlines()[-1] == (
        "streaming-api: /dev/full cannot be written: No space left on device"
    )


def test_broken_output_full_disk_of_stderr_keeps_the_exit_code() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([STREAMING_API, "lcoal"], stderr=full, timeout=60)
    assert done.returncode == 3
