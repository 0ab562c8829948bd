"""``streaming-api local`` as a process: what it prints, how it ends, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.local.serving import FUNCTIONS, PATIENCE, Client, Gate, template
from tests.support.command_line import CommandLine
from tests.support.processes import announced

ROUTES = {"POST /gated": {"handler": "handlers.gated"}}
SIGNED = {"POST /gated": {"handler": "handlers.gated", "authorization": "AWS_IAM"}}


class Command:
    """A running ``streaming-api local``."""

    def __init__(self, process: subprocess.Popen[str], first_line: str) -> None:
        self.process = process
        self.first_line = first_line

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.first_line.removeprefix("listening on ").strip()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Run = Callable[..., Command]
Failing = Callable[..., tuple[int, str]]
PROGRAM = [sys.executable, "-m", "streaming_api_tools"]


@pytest.fixture
def arguments(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that writes a template and gives the command line for it."""

    def write(routes: Mapping[str, Mapping[str, object]], *more: str, gate: Gate | None = None) -> list[str]:
        environment = {"GATE": gate.address} if gate else {}
        described = {name: {**route, "environment": environment} for name, route in routes.items()}
        (tmp_path / "template.json").write_text(json.dumps(template(described)), "utf-8")
        command = [*PROGRAM, "local", "--port", "0"]
        return [*command, "--template", str(tmp_path / "template.json"), *more]

    return write


@pytest.fixture
def run() -> Iterator[Run]:
    """Return a function that starts the command and waits until it listens."""
    with ExitStack() as running:

        def start(command: list[str], **environment: str) -> Command:
            return Command(*running.enter_context(announced(command, environment)))

        yield start


@pytest.fixture
def failing(commands: CommandLine) -> Failing:
    """Return a function that gives the exit code and stderr of a command that does not come to listen."""

    def run(command: list[str], **environment: str) -> tuple[int, str]:
        done = commands.run(*command[len(PROGRAM) :], env={**os.environ, **environment})
        assert done.stdout == ""
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_local_command_signal_ends_it_with_0_and_its_functions(
    number: signal.Signals, arguments: Callable[..., list[str]], run: Run, gate: Gate
) -> None:
    command = run(arguments(ROUTES, gate=gate))
    with Client(command.url) as client:
        client.ask("POST", "/prod/gated", b"1")
        function = gate.accept()
        function.hear()
        assert command.end(number) == 0
        assert function.hear() == ""  # its process is gone


def test_local_command_killed_gateway_leaves_no_function(
    arguments: Callable[..., list[str]], run: Run, gate: Gate
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends a process with its parent")
    command = run(arguments(ROUTES, gate=gate))
    with Client(command.url) as client:
        client.ask("POST", "/prod/gated", b"1")
        function = gate.accept()
        function.hear()
        command.end(signal.SIGKILL)
        # it still waits at the gate, so nothing but the kernel can have ended it
        assert function.hear() == ""


def test_local_command_json_prints_urls_of_routes(arguments: Callable[..., list[str]], run: Run) -> None:
    command = run(arguments(SIGNED, "--json"), AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    said = json.loads(command.first_line)
    assert said["pid"] == command.process.pid
    assert said["routes"] == [
        {"method": "POST", "url": f"{said['url']}/prod/gated", "authorization": "AWS_IAM"}
    ]
    with Client(said["url"]) as client:
        assert client.send("POST", "/prod/gated").status == 403


def test_local_command_access_log_option_writes_a_file(
    arguments: Callable[..., list[str]], run: Run, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    content = json.loads(
        json.dumps(template(ROUTES, stage={"AccessLogSetting": {"Format": "$context.status"}}))
    )
    command = arguments(ROUTES, "--access-log", str(log))
    (tmp_path / "template.json").write_text(json.dumps(content), "utf-8")
    running = run(command)
    with Client(running.url) as client:
        client.send("GET", "/prod/gated").read()
    assert running.end(signal.SIGTERM) == 0
    assert log.read_text("utf-8") == "403\n"


def test_local_command_missing_credentials_exit_with_3_and_advice(
    arguments: Callable[..., list[str]], failing: Failing
) -> None:
    code, message = failing(arguments(SIGNED))
    assert code == 3
    assert "no AWS credentials" in message
    assert "--no-auth" in message
    assert message.count("\n") == 1


def test_local_command_no_auth_needs_no_credentials(
    arguments: Callable[..., list[str]], run: Run, gate: Gate
) -> None:
    command = run(arguments(SIGNED, "--no-auth", gate=gate))
    with Client(command.url) as client:
        client.ask("POST", "/prod/gated", b"0")
        gate.accept()
        assert client.answer().status == 200


def test_local_command_function_option_runs_it_in_the_terminal(
    arguments: Callable[..., list[str]], run: Run
) -> None:
    routes = {"POST /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}}
    command = run(arguments(routes, "--function", "Func=env WRAPPED=1 {}"))
    with Client(command.url) as client:
        assert json.loads(client.send("POST", "/prod/echo").read())["environ"]["WRAPPED"] == "1"
    assert command.end(signal.SIGTERM) == 0
    assert command.process.stderr is not None
    assert "to stdout\n" in command.process.stderr.readlines()


def test_local_command_reload_serves_changes_on_the_same_port(
    arguments: Callable[..., list[str]], run: Run, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()

    def say(text: str) -> None:
        source = f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{text}'}}\n"
        (code / "app.py").write_text(source, "utf-8")

    def ask(path: str) -> tuple[int, bytes]:
        with Client(command.url) as client:
            response = client.send("POST", path)
            return response.status, response.read()

    def hear(text: str) -> None:
        assert command.process.stderr is not None
        while text not in (line := command.process.stderr.readline()):
            assert line, f"{text} was not said"

    route = {"handler": "app.handler", "mode": "BUFFERED", "code": str(code), "layers": []}
    say("one")
    command = run(arguments({"POST /x": route}, "--watch"))
    assert ask("/prod/x") == (200, b"one")
    say("three")
    hear("reloaded")
    assert ask("/prod/x") == (200, b"three")
    (tmp_path / "template.json").write_text("{", "utf-8")
    hear("not reloaded: ")
    assert ask("/prod/x") == (200, b"three")
    arguments({"POST /x": route, "POST /y": route})
    hear("reloaded")
    assert ask("/prod/y") == (200, b"three")
    assert command.end(signal.SIGTERM) == 0


def test_local_command_occupied_port_is_one_line_on_stderr(
    arguments: Callable[..., list[str]], failing: Failing
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, message = failing([*arguments(ROUTES), "--port", port])
    assert code == 3
    taken = "another program has it; choose one with --port"
    assert message == f"streaming-api: cannot listen on port {port}: {taken}\n"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["nowhere"], 3, "nowhere is not a cloud assembly; run 'cdk synth' first"),
        (["--template", "nowhere.json"], 3, "nowhere.json cannot be read: No such file"),
        (["--endpoint-url", "http://x"], 2, "--endpoint-url goes with --deployed"),
        (["--deployed", "X", "--parameter", "A=b"], 2, "--parameter does not go with --deployed"),
        (["--template", "TEMPLATE", "--parameter", "A"], 2, "expected NAME=VALUE, got A"),
        (["--template", "TEMPLATE", "--parameter", "A=b"], 3, "has no parameter A; it has none"),
        (["--port", "70000"], 2, "--port"),
        (["--template", "TEMPLATE", "--jwks", "gone.json"], 3, "cannot read the key set gone.json"),
        (["--template", "TEMPLATE", "--function", "Function0='x"], 2, "No closing quotation in 'x"),
        (["--deployed", "X", "--endpoint-url", "nowhere"], 2, "expected a URL, got nowhere"),
        (["--deployed", "X", "--watch"], 2, "--watch does not go with --deployed"),
        (["--template", "TEMPLATE", "--function", "Function0"], 2, "expected NAME=COMMAND"),
        (["--template", "TEMPLATE", "--function", "Nothing=x"], 2, "Nothing is no function; there are Func"),
        (["--deployed", "X", "--endpoint-url", "http://127.0.0.1:1"], 3, "cannot read stack X"),
    ],
)
def test_local_command_unsupported_input_is_one_line_on_stderr(
    options: list[str],
    code: int,
    message: str,
    arguments: Callable[..., list[str]],
    failing: Failing,
    tmp_path: Path,
) -> None:
    arguments(ROUTES)
    options = [str(tmp_path / "template.json") if option == "TEMPLATE" else option for option in options]
    command = [*PROGRAM, "local", *options]
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}
    got, stderr = failing(command, **keys)
    assert got == code
    assert message in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"AWS_PROFILE": "nope"}, "The config profile (nope) could not be found"),
        ({"AWS_REGION": "no region"}, "Provided region_name 'no region' doesn't match a supported format."),
    ],
)
def test_local_command_invalid_configuration_is_one_line_on_stderr(
    environment: dict[str, str], message: str, arguments: Callable[..., list[str]], failing: Failing
) -> None:
    code, stderr = failing(arguments(ROUTES), **environment)
    assert (code, stderr) == (3, f"streaming-api: {message}\n")


def test_local_command_leaves_the_checkout_clean(
    arguments: Callable[..., list[str]], run: Run, gate: Gate
) -> None:
    functions = FUNCTIONS
    before = set(functions.rglob("*"))
    command = run(arguments(ROUTES, gate=gate))
    with Client(command.url) as client:
        client.ask("POST", "/prod/gated", b"0")
        gate.accept()
        client.answer().read()
    assert command.end(signal.SIGTERM) == 0
    assert set(functions.rglob("*")) == before
