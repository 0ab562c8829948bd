"""What every command keeps to: examples, completion, colours, encodings, memory, and no traceback."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from subprocess import DEVNULL, PIPE

import pytest
from aiohttp import web

from tests.smoke.conftest import STREAMING_API, CommandLine
from tests.smoke.servers import Handler, serving, sse, streamed
from tests.smoke.test_smoke_command import on_a_terminal
from tests.support.command_line import CommandLine as Commands

COMMANDS = ("smoke", "load", "doctor", "explain", "chat")
NOBODY = "http://127.0.0.1:1/"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]m")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_help_has_examples_with_existing_options(
    streaming_api: CommandLine, command: str
) -> None:
    shown = streaming_api(command, "--help", env={"COLUMNS": "200"}).stdout
    examples = shown.split("Examples:\n")[1].split("\n\n")[0]
    assert f"streaming-api {command}" in examples
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", examples))
    assert options <= set(re.findall(r"^ +(--[a-z-]+)", shown, re.MULTILINE))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_has_completion_for_each_shell(streaming_api: CommandLine, shell: str) -> None:
    done = streaming_api(env={"_STREAMING_API_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert "_STREAMING_API_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("streaming-api sm", "smoke"),
        ("streaming-api smoke --ju", "--junit"),
        ("streaming-api load --wr", "--write-locustfile"),
        ("streaming-api doctor --mo", "--model"),
        ("streaming-api explain --li", "--list"),
        ("streaming-api smoke --auth be", "bearer"),
    ],
)
def test_every_command_completion_has_commands_options_and_choices(
    streaming_api: CommandLine, words: str, completed: str
) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = streaming_api(env=asked | {"_STREAMING_API_COMPLETE": "bash_complete"})
    assert done.stdout.splitlines() == [f"plain,{completed}"]


@pytest.mark.parametrize(
    "arguments",
    [["doctor"], ["explain", "Missing Authentication Token"], ["smoke", NOBODY, "--auth", "none"]],
    ids=lambda arguments: arguments[0],
)
def test_every_command_terminal_gets_colours_unless_no_color(
    commands: Commands, environ: dict[str, str], arguments: list[str]
) -> None:
    env = environ | {"TERM": "xterm-256color", "PATH": os.defpath}
    assert re.search(r"\x1b\[[0-9;]+m", on_a_terminal(commands, arguments, env))
    assert not COLOUR.search(on_a_terminal(commands, arguments, env | {"NO_COLOR": "1"}))


@pytest.mark.parametrize("command", ["doctor", "explain"])
def test_every_command_pipe_gets_colours_with_force_color_alone(
    streaming_api: CommandLine, command: str
) -> None:
    def coloured(**environ: str) -> bool:
        arguments = ["Missing Authentication Token"] if command == "explain" else []
        return bool(re.search(r"\x1b\[[0-9;]+m", streaming_api(command, *arguments, env=environ).stdout))

    assert coloured(FORCE_COLOR="1")
    assert not coloured()
    assert not coloured(FORCE_COLOR="1", NO_COLOR="1")


#: Command line -> its exit code, for what is expected to go wrong.
EXPECTED = {
    ("smoke", NOBODY, "--auth", "none"): 3,
    ("smoke", NOBODY, "--auth", "bearer"): 3,
    ("smoke", "NoSuchStack"): 3,
    ("smoke", "no:such:thing"): 3,
    ("smoke", NOBODY, "--data", "@/nowhere"): 3,
    ("load", NOBODY, "--auth", "none", "--max-requests", "1"): 3,
    ("load", "NoSuchStack"): 3,
    ("load", NOBODY, "--auth", "none", "--write-locustfile", "/nowhere/x.py"): 3,
    ("doctor",): 1,
    ("doctor", "--model", "no-such-model"): 1,
    ("doctor", "--app", "/nowhere"): 2,
    ("explain", "nothing that is known"): 1,
    ("chat", NOBODY, "Hello", "--auth", "none"): 3,
    ("chat", NOBODY, "Hello", "--auth", "iam"): 3,
    ("chat", "ftp://x", "Hello"): 2,
}
#: Command -> the first of its command lines.
FIRST = {arguments[0]: arguments for arguments in reversed(EXPECTED)}


@pytest.mark.parametrize("arguments", EXPECTED, ids=" ".join)
def test_every_command_expected_failure_on_ascii_terminal_has_no_traceback(
    streaming_api: CommandLine, arguments: tuple[str, ...]
) -> None:
    # what only the start of Python reads, and so is slow, once for each command
    # in a folder that this locale can name: Python reads the paths of installed packages in it
    first = arguments in FIRST.values() and str(STREAMING_API).isascii()
    locale = {"PYTHONUTF8": "0", "LC_ALL": "C"} if first else {}
    done = streaming_api(*arguments, env={"PYTHONIOENCODING": "ascii"} | locale)
    assert done.returncode == EXPECTED[arguments], done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("redirection", "code"),
    [("explain <&-", 2), (f"chat {NOBODY} <&-", 2), ("explain x >&-", 1), ("explain x 2>&-", 1)],
)
def test_every_command_closed_stdin_or_stdout_has_no_traceback(
    environ: dict[str, str], redirection: str, code: int
) -> None:
    shell = ["sh", "-c", f"exec {quote(str(STREAMING_API))} {redirection}"]
    done = subprocess.run(shell, env=environ, capture_output=True, text=True, timeout=30)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_explain_non_ascii_text_is_replaced_on_an_ascii_terminal(streaming_api: CommandLine) -> None:
    log = "caf\u00e9 \u6f22 Task timed out after 3.00 seconds\n"
    done = streaming_api("explain", input=log, env={"PYTHONIOENCODING": "ascii:strict"})
    assert done.returncode == 0
    assert "seen: caf" in done.stdout
    assert done.stdout.isascii()


def test_smoke_sigint_ends_at_once_silently(environ: dict[str, str]) -> None:
    reached = threading.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        reached.set()
        await asyncio.sleep(600)
        return web.Response()

    with serving(lambda: {"/silent": silent}) as url:
        command = [str(STREAMING_API), "smoke", f"{url}/silent", "--auth", "none", "--json"]
        process = subprocess.Popen(command, env=environ, text=True, stdout=DEVNULL, stderr=PIPE)
        try:
            assert reached.wait(60)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, said.strip()) == (130, "")


def test_smoke_sigint_while_it_imports_ends_silently(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    command = [str(STREAMING_API), "smoke", "http://127.0.0.1:9/probe"]
    done = subprocess.run(
        command, env=environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


async def endless_text(request: web.Request) -> web.StreamResponse:
    """Write a story that never ends, in large events."""
    response = await streamed(request)
    part = sse({"text": "x" * 60_000})
    while True:
        await response.write(part)


async def endless_line(request: web.Request) -> web.StreamResponse:
    """Write an event that never ends."""
    response = await streamed(request)
    await response.write(b"data: ")
    while True:
        await response.write(b"x" * 60_000)


async def long_text(request: web.Request) -> web.StreamResponse:
    """Write sixty million characters, and end well."""
    response = await streamed(request)
    for _ in range(1000):
        await response.write(sse({"text": "x" * 60_000}))
        await asyncio.sleep(0)
    await response.write(sse({"usage": {"outputTokens": 1}}, "done"))
    return response


@pytest.fixture(scope="module")
def endless() -> Iterator[str]:
    routes: dict[str, Handler] = {"/text": endless_text, "/line": endless_line, "/long": long_text}
    with serving(lambda: routes) as url:
        yield url


#: Runs a command and prints the most memory that it had. A process begins with the peak of the one that
#: started it, which of a small program is nothing, and of all the tests more than the limit.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def peak_megabytes(arguments: list[str], env: dict[str, str], stdin: Path | None = None) -> tuple[float, int]:
    """Return the most memory that a command had, and its exit code."""
    with open(stdin or os.devnull, "rb") as opened:
        measured = subprocess.run(
            [sys.executable, "-c", MEASURE, STREAMING_API, *arguments],
            env=env,
            stdin=opened,
            stdout=subprocess.PIPE,
        )
    return int(measured.stdout) / 1024, measured.returncode


#: Megabytes: what the commands import takes half of it; what is sent to them is more, or has no end.
MOST = 120.0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["smoke", "{}/text", "--runs", "1"], 1),
        (["smoke", "{}/line", "--runs", "1"], 1),
        (["smoke", "{}/text", "--runs", "1", "--data", "{{}}"], 1),
        (["load", "{}/text", "--max-requests", "3", "--users", "3"], 1),
        (["chat", "{}/line", "Hello"], 1),
        (["chat", "{}/long", "Hello"], 0),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_every_command_endless_response_uses_bounded_memory(
    environ: dict[str, str], endless: str, arguments: list[str], code: int
) -> None:
    command = [part.format(endless) for part in arguments]
    peak, ended = peak_megabytes([*command, "--auth", "none"], environ)
    assert ended == code
    assert peak < MOST


@pytest.mark.parametrize("line", [b"an ordinary line of a log, nothing else\n", b"one line without an end "])
def test_explain_long_log_uses_bounded_memory(environ: dict[str, str], tmp_path: Path, line: bytes) -> None:
    log = tmp_path / "log"
    with log.open("wb") as opened:
        # a hole in the middle of the file reads as 200 MB of a single line
        opened.write(line * 10_000)
        if not line.endswith(b"\n"):
            opened.seek(200_000_000)
        opened.write(b"\nTask timed out after 3.00 seconds\n")
    peak, ended = peak_megabytes(["explain"], environ, log)
    assert ended == 0
    assert peak < MOST
