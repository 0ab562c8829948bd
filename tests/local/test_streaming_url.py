"""StreamingUrl as synthesized, behind the gateway: bundled handlers, and the commands that call them."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingFunction, StreamingUrl
from cdk_streaming_api._probe_function import ProbeFunction
from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.local.serving import FUNCTIONS, ROOT, Client, Gate, Serving
from tests.support.command_line import CommandLine
from tests.support.stretched import gaps, until_proved

KEYS = Keys(LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"], LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
MODEL = BedrockModel("amazon.nova-lite-v1:0")
ORIGIN = "https://app.example.com"
Run = Callable[..., tuple[int, str, str]]
#: A busy machine may not tell how the events of a run came.
DECIDED = {"STREAMING": 0, "INCONCLUSIVE": 2}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a synthesized stack without any REST API."""
    folder = tmp_path_factory.mktemp("urls") / "cdk.out"
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Urls")
    StreamingUrl(stack, "Chat", handler=BedrockFunction(stack, "ChatFunction", model=MODEL))
    StreamingUrl(stack, "Probe", handler=ProbeFunction(stack, "ProbeFunction"))
    own = StreamingFunction(
        stack, "OwnFunction", code=lambda_.Code.from_asset(str(FUNCTIONS)), handler="handlers.gated"
    )
    open_to_all = lambda_.FunctionUrlAuthType.NONE
    StreamingUrl(stack, "Own", handler=own, auth_type=open_to_all, allow_origins=[ORIGIN])
    app.synth()
    return folder


@pytest.fixture
def serving(assembly: Path, tmp_path: Path, gate: Gate) -> Iterator[Serving]:
    """Serve the stack with IAM authorization and the stand-in for Bedrock."""
    application = load_assembly(assembly, None, "us-east-1", tmp_path)
    environment = {"GATE": gate.address, **LOCAL_CREDENTIALS}
    with Serving(
        application, access=Access(KEYS), environment=environment, token_delay=0, allow_origins=(ORIGIN,)
    ) as running:
        yield running


def at(serving: Serving, name: str) -> str:
    """Return the URL of a StreamingUrl."""
    (found,) = (each for each in serving.application.urls if each.id.startswith(name))
    return f"{serving.url}/_aws/lambda-url/{found.id}/"


@pytest.fixture
def run(commands: CommandLine) -> Run:
    """Return a function that runs a command with the keys of the gateway."""
    environment = {**os.environ, "AWS_REGION": "us-east-1", **LOCAL_CREDENTIALS}

    def finished(*arguments: str) -> tuple[int, str, str]:
        done = commands.run(*arguments, env=environment)
        return done.returncode, done.stdout, done.stderr

    return finished


def test_streaming_url_handler_of_ones_own_arrives_chunk_by_chunk(serving: Serving, gate: Gate) -> None:
    with Client(serving.url) as client:
        path = at(serving, "Own").removeprefix(serving.url)
        client.ask("POST", path, "2", {"Content-Type": "text/plain", "Origin": ORIGIN})
        written = gate.accept()
        written.hear()
        written.let_go()
        answer = client.answer()
        assert answer.headers.get_all("access-control-allow-origin") == [ORIGIN]
        for number in (b"0\n", b"1\n"):
            assert answer.readline() == number
            written.let_go()
        assert answer.read() == b""


def test_streaming_url_chat_command_prints_the_answer(serving: Serving, run: Run) -> None:
    code, out, err = run("chat", "--auth", "iam", at(serving, "Chat"), "Hello")
    assert (code, err) == (0, "")
    assert out.strip()


def test_streaming_url_chat_command_without_signature_is_refused(serving: Serving, run: Run) -> None:
    code, _, err = run("chat", "--auth", "none", at(serving, "Chat"), "Hello")
    assert code == 1
    assert "403" in err


def test_streaming_url_smoke_command_proves_that_it_streams(serving: Serving, run: Run) -> None:
    code, out, err = until_proved(
        lambda times: run(
            *("smoke", "--auth", "iam", "--runs", "1", "--json"), *gaps(times, 50, 450), at(serving, "Probe")
        ),
        lambda done: done[0] == 0,
    )
    assert (code, json.loads(out)["verdict"]) == (0, "STREAMING"), out + err
    assert '"signed_for": "us-east-1"' in out


PAGE = (ROOT / "docs" / "function-urls.md").read_text("utf-8")
COMMANDS = PAGE.partition("```sh\n")[2].partition("```")[0].splitlines()
ON_THE_PAGE = "https://abc123.lambda-url.eu-west-1.on.aws/"


def test_function_url_docs_commands_call_a_function_url(serving: Serving, run: Run) -> None:
    assert [shlex.split(line)[1] for line in COMMANDS] == ["chat", "smoke", "load"]
    for line in COMMANDS:
        there = at(serving, "Chat" if " chat " in line else "Probe")
        arguments = shlex.split(line.replace(ON_THE_PAGE, there))[1:]
        code, out, err = until_proved(lambda _: run(*arguments), lambda done: done[0] in DECIDED.values())  # noqa: B023
        assert code in DECIDED.values() or " load " in line, out + err
        assert out


def test_streaming_url_load_command_measures_it(serving: Serving, run: Run) -> None:
    options = ("--users", "2", "--seconds", "2", "--max-requests", "4", "--json")
    code, out, err = until_proved(
        lambda _: run("load", "--auth", "iam", *options, at(serving, "Probe")), lambda done: done[0] in (0, 2)
    )
    assert code in (0, 2), out + err  # a busy machine is its own bottleneck
    said = json.loads(out)
    assert said["requests"] > 0
    assert set(said["verdicts"]) <= set(DECIDED)
