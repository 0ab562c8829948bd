"""`streaming-api smoke` as scripts and people use it."""

from __future__ import annotations

import json
import os
import pty
import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from aiohttp import web

from tests.smoke.conftest import CommandLine
from tests.smoke.servers import honest, serving
from tests.support.command_line import CommandLine as Commands
from tests.support.stretched import UNTOLD, gaps, until_told

DOCS = Path(__file__).resolve().parents[2] / "docs"
QUICK = ("--auth", "none", "--runs", "1", "--gaps", "12")
TEN_MS = ("--auth", "none", "--runs", "1", "--gaps", "12", "--gap-ms", "5", "10")


def judged(streaming_api: CommandLine, *arguments: str, **more: dict[str, str]) -> CompletedProcess[str]:
    """Run smoke, again while a busy machine leaves it open how the events came."""
    return until_told(
        lambda times: streaming_api("smoke", *arguments, *QUICK, *gaps(times, 40, 160), **more),
        lambda done: done.returncode != 2,
    )


def test_smoke_streaming_prints_a_table_ending_in_the_verdict(
    streaming_api: CommandLine, origin: str
) -> None:
    done = judged(streaming_api, origin.removesuffix("probe"))
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert lines[0].split() == [
        "run",
        "verdict",
        "events",
        "first",
        "byte",
        "hold",
        "p95",
        "hold",
        "max",
        "r",
    ]
    assert lines[1].split()[:3] == ["1", "STREAMING", "13/13"]
    assert "0 of 1 runs failed; at most 95% of all answers do, with 95% confidence" in lines
    assert lines[-1] == "STREAMING"
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_smoke_buffering_proxy_fails_with_evidence_and_next_step_in_json(
    streaming_api: CommandLine, intermediaries: str
) -> None:
    done = judged(streaming_api, f"{intermediaries}/buffering", "--json", "--seed", "3")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["schema_version"] == 1
    assert report["verdict"] == "BUFFERED"
    assert "arrived within" in report["evidence"][0]
    assert "responseTransferMode" in report["next_step"]
    assert report["metrics"].keys() < report["formulas"].keys()
    assert report["faulty_share"]["upper_bound"] == 1
    assert report["seed"] == 3
    fields = set(re.findall(r"`(\w+)`", (DOCS / "smoke.md").read_text("utf-8").split("| field | |")[1]))
    assert report.keys() <= fields
    (run,) = report["runs"]
    assert len(run["arrivals_ms"]) == len(run["stamps_ms"]) == len(run["gaps_ms"]) + 1 == 13


@pytest.mark.parametrize(
    ("route", "verdict", "code"),
    [
        ("broken", "SERVER_ERROR", 1),
        ("json", "BAD_FRAME", 1),
        ("cut", "TRUNCATED", 1),
        ("endless", "BAD_FRAME", 1),
        ("throttled", "THROTTLED", 2),
        ("forbidden", "AUTH", 3),
        ("nowhere", "UNREACHABLE", 3),
    ],
)
def test_smoke_exit_code_distinguishes_failed_undecided_and_not_run(
    streaming_api: CommandLine, faults: str, route: str, verdict: str, code: int
) -> None:
    done = streaming_api("smoke", f"{faults}/{route}", *TEN_MS)
    assert done.returncode == code
    *_, step, last = done.stdout.splitlines()
    assert last == verdict
    assert step.startswith("next: ")


def test_smoke_unreachable_server_is_one_json_object(streaming_api: CommandLine) -> None:
    done = streaming_api("smoke", "http://127.0.0.1:1/probe", "--auth", "none", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"] == "UNREACHABLE"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1:65536/"], "'http://127.0.0.1:65536/' is not an http or https URL"),
        (["https://me:hunter2@x/"], "a URL takes no user and password"),
        (["http://x/", "--data", "x", "--wait", "inf"], "is not in the range"),
        (["http://x/", "--svg", "/nowhere/x.svg"], "/nowhere/x.svg cannot be written: No such file"),
        (["ftp://x"], "'ftp://x' is not an http or https URL, a stack, a function or a recording"),
        (["http://x/", "--runs", "0"], "0 is not in the range"),
        (["http://x/", "--gap-ms", "50", "50"], "50 is not less than 50"),
        (["http://x/", "--header", "x"], "'x' is not NAME:VALUE"),
        (["http://x/", "--header", "x y: z"], "'x y: z' is not NAME:VALUE"),
        (["http://x/", "--header", "x: y\nz: 1"], "the value of x has a control character"),
        (["http://x/", "--nonsense"], "No such option"),
        (["http://x/", "--auth", "iam"], "no AWS credentials found; run: aws configure"),
    ],
)
def test_smoke_invalid_arguments_are_one_line_and_exit_3(
    streaming_api: CommandLine, arguments: list[str], message: str
) -> None:
    done = streaming_api("smoke", *arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("streaming-api")
    assert message in line
    assert "hunter2" not in line


def on_a_terminal(commands: Commands, arguments: list[str], env: dict[str, str]) -> str:
    """Return what a command writes to a terminal."""
    ours, theirs = pty.openpty()
    running = commands.start(tuple(arguments), env, (theirs, theirs, theirs))
    os.close(theirs)
    written = b""
    # Linux reports the end of a terminal that nobody holds any more as an error
    while part := _read(ours):
        written += part
    os.close(ours)
    running.wait()
    return written.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("environment", "bars"),
    [
        ({"COLUMNS": "80"}, "[▁▂▃▄▅▆▇█]"),
        ({"COLUMNS": "80", "PYTHONIOENCODING": "ascii"}, "(?<![-])[.:=+*#@](?![-])"),
    ],
)
def test_smoke_terminal_shows_arrivals_while_they_come(
    commands: Commands, environ: dict[str, str], intermediaries: str, environment: dict[str, str], bars: str
) -> None:
    env = environ | {"TERM": "xterm"} | environment
    target = f"{intermediaries}/batching-500"
    shown = until_told(
        lambda times: on_a_terminal(commands, ["smoke", target, *QUICK, *gaps(times, 40, 160)], env),
        lambda shown: UNTOLD not in shown,
    )
    before, found, after = shown.partition("BATCHED")
    assert found
    assert len(re.findall(bars, before.partition("arrivals")[2])) >= 3
    # the row of the table, and not the last line
    assert re.search(bars, after.splitlines()[0])


@pytest.mark.parametrize(
    ("auth", "variable", "header", "value"),
    [
        ("bearer", "STREAMING_API_TOKEN", "Authorization", "Bearer secret"),
        ("api-key", "STREAMING_API_KEY", "x-api-key", "secret"),
    ],
)
def test_smoke_token_and_api_key_are_read_from_environment_and_not_reported(
    streaming_api: CommandLine, auth: str, variable: str, header: str, value: str
) -> None:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers.get(header) != value:
            return web.json_response({"message": "Forbidden"}, status=403)
        return await honest(request)

    # the last option of a name counts
    options = ["--json", *QUICK, *gaps(1, 40, 160), "--auth", auth]
    with serving(lambda: {"/probe": guarded}) as api:
        # what was read from a file ends with its line
        good = until_told(
            lambda times: streaming_api(
                "smoke", f"{api}/probe", *options, *gaps(times, 40, 160), env={variable: "secret\n"}
            ),
            lambda done: done.returncode != 2,
        )
        bad = streaming_api("smoke", f"{api}/probe", *options, env={variable: "wrong"})
        none = streaming_api("smoke", f"{api}/probe", *options, env={variable: "sec\nret"})
    assert (none.returncode, none.stderr) == (
        3,
        f"streaming-api: the environment variable {variable} has a control character, such as a line end\n",
    )
    assert (good.returncode, bad.returncode) == (0, 3)
    assert json.loads(bad.stdout)["verdict"] == "AUTH"
    assert "secret" not in good.stdout + good.stderr


def test_smoke_terminal_gets_colours_unless_no_color(
    commands: Commands, environ: dict[str, str], faults: str
) -> None:
    arguments = ["smoke", f"{faults}/forbidden", *TEN_MS]
    env = environ | {"TERM": "xterm-256color"}
    colours = re.compile(r"\x1b\[[0-9;]*3[0-9]m")
    assert colours.search(on_a_terminal(commands, arguments, env))
    plain = on_a_terminal(commands, arguments, env | {"NO_COLOR": "1"})
    assert not colours.search(plain)
    assert "AUTH" in plain.splitlines()[-1]


def test_smoke_ascii_terminal_gets_the_table(
    commands: Commands, environ: dict[str, str], faults: str
) -> None:
    written = on_a_terminal(
        commands, ["smoke", f"{faults}/forbidden", *TEN_MS], environ | {"PYTHONIOENCODING": "ascii"}
    )
    assert "Traceback" not in written
    assert written.isascii()
    assert "AUTH" in written.splitlines()[-1]


def test_smoke_ci_files_are_written_and_unwritable_file_is_one_line(
    streaming_api: CommandLine, intermediaries: str, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("junit", "markdown", "svg")}
    options = [text for name, path in files.items() for text in (f"--{name}", str(path))]
    done = judged(streaming_api, f"{intermediaries}/batching-500", *options)
    assert done.returncode == 1
    assert '<failure type="BATCHED" message=' in files["junit"].read_text("utf-8")
    assert files["markdown"].read_text("utf-8").startswith("### BATCHED")
    assert files["svg"].read_text("utf-8").startswith("<svg")
    absent = streaming_api("smoke", "http://127.0.0.1:1/", "--auth", "none", "--svg", "/nowhere/x.svg")
    assert absent.returncode == 3
    assert absent.stderr == "streaming-api: /nowhere/x.svg cannot be written: No such file or directory\n"
