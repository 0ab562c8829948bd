"""Run the commands in the pages about the tools, and write what they print into the pages.

``PYTHONPATH=scripts python -m tests.smoke.doc_blocks`` writes it.
The commands run as they are shown, against servers on loopback, with shorter schedules: these options are
added, and the last one of a name counts.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web

from tests.smoke.aws_standin import FUNCTIONS, cloudformation, function, probe, rest_api
from tests.smoke.install import locust_folder
from tests.smoke.kept_probe import KeptProbe
from tests.smoke.reference import chat, story, whole_probe
from tests.smoke.servers import Handler, buffering, honest, serving
from tests.support.command_line import CommandLine
from tests.support.processes import free_port, ministack
from tests.support.stretched import gaps, until_told

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("smoke", "load", "doctor", "explain")
BLOCK = re.compile(r"```sh\n(?P<command>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL)
#: Command -> what is added to it, beside the gaps of its schedule.
SHORTER = {
    "smoke": ("--runs", "3"),
    "load": ("--max-requests", "4"),
    "locust": ("--run-time", "2s", "--stop-timeout", "2", "--users", "2"),
}
#: The same, where what is printed is not shown.
QUICK = SHORTER | {"smoke": ("--runs", "1")}
#: Commands whose schedules have gaps.
SCHEDULED = ("smoke", "load")
#: Seconds that no block needs, with the longest gaps.
PATIENCE = 300
#: Commands that are short already, or have no schedule.
AS_IT_IS = re.compile(r"--write-locustfile|exchanges\.json --hold|--data|--worker")
STREAM = {"type": "AWS_PROXY", "uri": "x", "responseTransferMode": "STREAM", "timeoutInMillis": 900_000}
#: What the examples name, which is elsewhere in the tests.
HOST = "https://abc123.execute-api.eu-west-1.amazonaws.com"
COLLECTED = "https://collected.example.com/probe"
LOG = """\
START RequestId: 7d0c Version: $LATEST
2026-11-21T12:00:03Z 7d0c Task timed out after 3.00 seconds
START RequestId: 91ab Version: $LATEST
[ERROR] ThrottlingException: Too many tokens, please wait before trying again.
2026-11-21T12:00:09Z 91ab Task timed out after 3.00 seconds
"""


@dataclass(frozen=True)
class World:
    """Where the commands run.

    :param there: what an example names -> what is there instead
    """

    environ: Mapping[str, str]
    folder: Path
    there: Mapping[str, str]

    def run(self, block: re.Match[str], times: int = 1) -> tuple[int, str]:
        """Run a block, and return its exit code and what it printed, as the page would show it.

        :param times: how much longer its gaps are
        """
        command, quick = block["command"], block["printed"] is None
        for name, real in self.there.items():
            command = command.replace(name, real)
        added = dict(QUICK if quick else SHORTER)
        added |= {name: (*added[name], *gaps(times, 30, 110)) for name in SCHEDULED}
        done = subprocess.run(
            ["sh", "-c", "\n".join(self._shorter(line, added) for line in command.splitlines())],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        printed = done.stdout
        for name, real in self.there.items():
            printed = printed.replace(real, name)
        return done.returncode, printed

    def _shorter(self, line: str, added: Mapping[str, Sequence[str]]) -> str:
        for name, options in added.items():
            if re.match(rf"(streaming-api )?{name} ", line) and not AS_IT_IS.search(line):
                command, redirection, rest = line.partition(" > " if " > " in line else " &")
                return f"{command} {shlex.join(options)}{redirection}{rest}"
        return line


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@contextmanager
def world(page: str, environ: Mapping[str, str], folder: Path, commands: CommandLine) -> Iterator[World]:
    """Make a world for the commands of a page."""
    programs = folder / "bin"
    programs.mkdir()
    (folder / "log").write_text(LOG)
    (folder / "cdk.json").write_text("{}")
    program(programs / "aws", f"cat {folder / 'log'}")
    program(programs / "cdk", "echo 2.1033.0")
    program(programs / "streaming-api", f'{commands.program()} "$@"')
    env = dict(environ) | {
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.defpath]),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    if page == "doctor":
        with ministack(folder) as endpoint:
            yield World(env | {"AWS_ENDPOINT_URL": endpoint}, folder, {})
        return
    if page == "load":
        port = free_port()
        find_port = (
            f'case "$*" in *--worker*) set -- "$@" --master-port {port};;'
            f' *) set -- "$@" --master-bind-port {port};; esac'
        )
        run = f'PYTHONPATH={locust_folder()} exec {sys.executable} -m locust "$@"'
        program(programs / "locust", f"{find_port}\n{run}")
    with deployed() as (api, account):
        there = {HOST: api, COLLECTED: f"{api}/collected"}
        yield World(env | {"AWS_ENDPOINT_URL": account}, folder, there)


@contextmanager
def deployed() -> Iterator[tuple[str, str]]:
    """Serve the reference stack and the account that it is deployed in; yield the URLs of both."""
    with serving(lambda: {"/": honest}) as origin:
        routes: dict[str, Handler] = {
            "/collected": buffering(f"{origin}/"),
            "/prod/chat": telling,
            **KeptProbe().routes("/kept"),
            "/{any:.*}": whole_probe,
        }
        with serving(lambda: routes) as api:
            outputs = {
                "ProbeUrl": f"{api}/prod/probe",
                "ProbeFunctionName": "probe",
                "ChatUrl": f"{api}/prod/chat",
            }
            kinds = {"AWS::ApiGateway::RestApi": "abcdefghij", "AWS::ApiGateway::Stage": "prod"}
            account: dict[str, Handler] = {
                "/": cloudformation(
                    {"StreamingChat": outputs, "KeptChat": {"ProbeUrl": f"{api}/kept/probe"}},
                    {"StreamingChat": kinds, "KeptChat": kinds},
                ),
                FUNCTIONS.format(name="probe"): function(probe),
                **rest_api(STREAM, STREAM),
            }
            with serving(lambda: account) as endpoint:
                yield api, endpoint


async def telling(request: web.Request) -> web.StreamResponse:
    """Answer as the chat route, at length when a story is asked for."""
    if b"story" in await request.read():
        return await story(request)
    return await chat(request)


def blocks(page: str) -> Iterator[re.Match[str]]:
    """Yield the commands of a page, with what they print where that is shown."""
    yield from BLOCK.finditer((DOCS / f"{page}.md").read_text("utf-8"))


#: What a command adds to its output when it finds that its machine was too busy to measure.
BUSY = re.compile(
    r"^(INCONCLUSIVE: |INVALID: |next: run the test again|attempt \d of this run told nothing: ).*\n"
    r"|, \d+ INCONCLUSIVE",
    re.MULTILINE,
)


def likeness(printed: str) -> str:
    """Return an output without its numbers, the widths of columns, and what a busy machine adds."""
    printed = BUSY.sub("", printed)
    return re.sub(r"\s+", " ", re.sub(r"\d+(?:\.\d+)?", "0", printed)).strip()


def main() -> None:
    """Run every command and write what it prints into the pages."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with CommandLine() as commands:
        _write(environ, commands)


def _write(environ: Mapping[str, str], commands: CommandLine) -> None:
    for page in sys.argv[1:] or PAGES:
        path = DOCS / f"{page}.md"
        text = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder, world(page, environ, Path(folder), commands) as there:
            for block in blocks(page):
                code, printed = until_told(partial(there.run, block), lambda done: done[0] != 2)
                print(block["command"], code, printed, sep="\n")
                if block["printed"] is not None:
                    shown = block[0].replace(f"```text\n{block['printed']}", f"```text\n{printed}")
                    text = text.replace(block[0], shown)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
