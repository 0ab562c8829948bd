"""The command line of all commands: what it says first, what it suggests, and how its help is ordered."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from botocore.loaders import Loader
from click.testing import CliRunner

from cdk_streaming_api.policy import main as policy_of_the_library
from streaming_api_templates.template.partitions import is_region
from streaming_api_tools.cli import COMMANDS, cli
from streaming_api_tools.errors import FLAGS, cannot_listen
from streaming_api_tools.help import GroupedCommand

PLACE = ("--region", "us-east-1", "--account", "111122223333")


def program(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streaming_api_tools", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found
    return found


def test_cli_alone_prints_what_to_do_first() -> None:
    done = program()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("streaming-api: tools for")
    named = re.findall(r"^  streaming-api (\w+)", done.stderr, re.MULTILINE)
    assert named[0] == "init"
    assert set(named) <= set(COMMANDS)
    assert "streaming-api --help" in done.stderr


@pytest.mark.parametrize(
    ("wrong", "right"), [("lcoal", "local"), ("smok", "smoke"), ("explian", "explain"), ("polcy", "policy")]
)
def test_cli_unknown_command_suggests_the_nearest(wrong: str, right: str) -> None:
    done = program(wrong)
    assert done.returncode == 2
    assert done.stderr == (
        f"streaming-api: No such command '{wrong}'; did you mean '{right}'? (see 'streaming-api --help')\n"
    )


def test_cli_command_like_no_other_gets_no_suggestion() -> None:
    assert "did you mean" not in program("nonsense").stderr


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        (["smoke", "abc.execute-api.eu-west-1.amazonaws.com/prod/"], "https://abc.execute-api.eu-west-1"),
        (["chat", "localhost:3000/prod/chat", "Hello"], "http://localhost:3000/prod/chat"),
        (["open", "127.0.0.1:3000/prod"], "http://127.0.0.1:3000/prod"),
        (["load", "api.example.com/probe"], "https://api.example.com/probe"),
    ],
)
def test_cli_url_without_a_scheme_gets_a_hint(arguments: list[str], url: str) -> None:
    done = program(*arguments)
    assert done.returncode in (2, 3)
    assert f"did you mean '{url}" in done.stderr


@pytest.mark.parametrize("name", ["local", "smoke", "load"])
def test_cli_help_has_each_option_once_and_under_a_heading(name: str) -> None:
    found = command(name)
    assert isinstance(found, GroupedCommand)
    shown = CliRunner().invoke(found, ["--help"], terminal_width=200).output
    options = re.findall(r"^  (?:-h, )?(--[a-z0-9-]+)", shown, re.MULTILINE)
    declared = [max(param.opts, key=len) for param in found.params if isinstance(param, click.Option)]
    assert sorted(options) == sorted([*declared, "--help"])
    assert len(found.groups) >= 4
    rest = shown.split("\nOptions:\n")[1].split("\n\n")[0]
    assert len(re.findall(r"^  (?:-h, )?--", rest, re.MULTILINE)) <= 3


def test_check_command_is_a_click_command_with_the_formats_of_the_module(tmp_path: Path) -> None:
    template = tmp_path / "t.json"
    template.write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}', "utf-8")
    module = [sys.executable, "-m", "cdk_streaming_api.check"]
    for arguments in ([], ["--json"], ["--format", "sarif"], ["--format=github"], ["--fail-on", "warning"]):
        other = subprocess.run([*module, *arguments, str(template)], capture_output=True, text=True)
        mine = program("check", *arguments, str(template))
        assert (mine.returncode, mine.stdout, mine.stderr) == (other.returncode, other.stdout, other.stderr)
    assert program("check", "--json", "--format", "table", str(template)).returncode == 2
    assert program("check", str(tmp_path / "absent")).returncode == 2
    assert program("check").returncode == 2


def test_policy_command_has_the_options_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        policy_of_the_library(["--help"])
    library = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    mine = {opt for param in command("policy").params for opt in param.opts if opt.startswith("--")}
    assert mine == library


def test_policy_command_hands_every_option_over() -> None:
    given = [*PLACE, "--guardrail", "gr1:2", "--guardrail-profile", "us.guardrail.v1:0", "--invoke"]
    given += ["--destinations", "us-east-1,us-west-2", "--project", "p1", "--partition", "aws"]
    model = "us.amazon.nova-lite-v1:0"
    library = [sys.executable, "-m", "cdk_streaming_api.policy", model, *given]
    other = subprocess.run(library, capture_output=True, text=True)
    assert (done := program("policy", model, *given)).stdout == other.stdout
    assert done.returncode == 0
    assert json.loads(done.stdout)["Version"] == "2012-10-17"


@pytest.mark.parametrize("region", ["mars-1", "us-east", "eu-west-1a", "US-EAST-1"])
def test_policy_command_refuses_what_is_no_region(region: str) -> None:
    done = program("policy", "amazon.nova-lite-v1:0", "--region", region, "--account", "111122223333")
    assert (done.returncode, done.stdout) == (2, "")
    assert region in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--region", "us-east-1", "--account", "12"], "'12' is not an account id, of 12 digits"),
        ([*PLACE, "--partition", "moon"], "'moon' is not the name of a partition"),
        ([*PLACE, "--destinations", "us-east-1,"], "'' is not the name of a Region"),
    ],
)
def test_policy_command_tells_a_wrong_value_in_one_line(arguments: list[str], told: str) -> None:
    done = program("policy", "amazon.nova-lite-v1:0", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert told in line


def test_policy_command_takes_a_new_region_of_a_named_partition() -> None:
    place = ["--region", "mars-central-1", "--account", "111122223333", "--partition", "aws"]
    assert program("policy", "amazon.nova-lite-v1:0", *place).returncode == 0


def test_is_region_takes_every_region_that_botocore_knows() -> None:
    partitions = Loader().load_data("partitions")["partitions"]
    regions = [name for each in partitions for name in each["regions"] if not name.endswith("-global")]
    assert len(regions) > 30
    assert [name for name in regions if not is_region(name)] == []


def test_local_takes_a_template_as_its_argument(tmp_path: Path) -> None:
    template = tmp_path / "some.yaml"
    template.write_text("Resources: {Topic: {Type: 'AWS::SNS::Topic'}}", "utf-8")
    done = program("local", str(template))
    assert done.returncode == 3
    # read as a template: what it lacks is an API, not a manifest
    assert done.stderr.startswith("streaming-api: stack some has no REST API")
    assert "absent.yaml" in program("local", str(tmp_path / "absent.yaml")).stderr


def test_busy_port_names_the_variable_of_make(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    assert str(cannot_listen(3000, taken)).endswith("choose one with --port")
    monkeypatch.setenv(FLAGS, "LOCAL_FLAGS")
    assert str(cannot_listen(3000, taken)).endswith("--port, as in LOCAL_FLAGS='--port 3001'")
    makefile = (Path(__file__).resolve().parents[3] / "Makefile").read_text("utf-8")
    assert f"{FLAGS}=LOCAL_FLAGS $(STREAMING_API) local cdk.out $(LOCAL_FLAGS)" in makefile


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_completion_as_documented_completes_commands(tmp_path: Path) -> None:
    """The line of the docs, in a shell; then what Tab would ask for."""
    docs = (Path(__file__).resolve().parents[3] / "docs" / "index.md").read_text("utf-8")
    (line,) = re.findall(r"^echo '(.*bash_source.*)' >> ~/.bashrc$", docs, re.MULTILINE)
    asking = "COMP_WORDS=(streaming-api sm); COMP_CWORD=1; _streaming_api_completion streaming-api"
    script = f"{line}\n{asking}\necho ${{COMPREPLY[@]}}"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "smoke", done.stderr


def test_group_alone_prints_its_help_and_nothing_before() -> None:
    done = program("keys")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ")
    assert "(see '" not in done.stderr
