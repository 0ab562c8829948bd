"""Follow a page of the documentation literally: all blocks, in an empty folder, with the wheel alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from node import node_binary
from processes import running

from tests.wheel.conftest import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Where the pages have `streaming-api local` listen; here another test may have that port.
PORT_OF_THE_PAGES = "http://127.0.0.1:3000"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the code blocks of a page: language and content."""
    return BLOCK.findall(page.read_text("utf-8"))


@dataclass(frozen=True)
class Write:
    """The page has the reader write the block to a file."""

    file: str


@dataclass(frozen=True)
class Written:
    """The page shows a file that a command has written."""

    file: str


@dataclass(frozen=True)
class Add:
    """The page has the reader add the members of the block to a file of JSON."""

    file: str


@dataclass(frozen=True)
class Run:
    """The page has the reader run the commands, one after the other; the last one may serve until the end."""

    serves: bool = False


@dataclass(frozen=True)
class Shown:
    """The page shows what the last commands print; ``"begins"`` where more follows."""

    how: str = "equals"


@dataclass(frozen=True)
class Exchange:
    """The page has the reader write a statement of a file anew: the one that assigns the same name."""

    file: str


@dataclass(frozen=True)
class Elsewhere:
    """Needs an account, an index of packages or another tool; the test named runs it, as ``file::words``."""

    test: str


Step = Write | Written | Add | Run | Shown | Exchange | Elsewhere


class Reader:
    """Somebody who does what a page says.

    :param folder: where, at first empty
    :param python: that of the environment with the wheel
    """

    def __init__(self, folder: Path, python: Path) -> None:
        self.folder = folder
        self._printed = ""
        self._url = PORT_OF_THE_PAGES
        self._serving = ExitStack()
        self._environment = _environment(folder.parent / "bin", python)
        # the tutorial is for a clone, which has the environment there
        (folder / ".venv").symlink_to(folder.parent)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *failure: object) -> None:
        self._serving.close()

    def follow(
        self, page: Path, steps: Sequence[Step], given: Mapping[int, Callable[[Path], object]]
    ) -> None:
        """Follow a page from its first block to its last.

        :param given: what the page takes as there before the block of that number; gets the folder
        """
        found = blocks(page)
        assert len(found) == len(steps), f"{page.name} has {len(found)} blocks, and {len(steps)} steps"
        for number, ((language, content), step) in enumerate(zip(found, steps, strict=True)):
            given.get(number, Path)(self.folder)
            self._do(language, content, step)

    def _do(self, language: str, content: str, step: Step) -> None:
        match step:
            case Write(file):
                (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / file).write_text(content, "utf-8")
            case Written(file):
                assert (self.folder / file).read_text("utf-8") == content, file
            case Add(file):
                path = self.folder / file
                path.write_text(
                    json.dumps(json.loads(path.read_text("utf-8")) | json.loads(content)), "utf-8"
                )
            case Run(serves):
                assert language == "sh"
                *lines, last = content.strip().splitlines()
                self._printed = ""
                for line in lines if serves else [*lines, last]:
                    self._run(line)
                if serves:
                    self._serve(last)
            case Shown(how):
                assert language in ("text", "console")
                begins = self._printed.startswith(content.rstrip("\n"))
                assert begins if how == "begins" else self._printed == content, self._printed
            case Exchange(file):
                program = self.folder / file
                program.write_text(_exchanged(program.read_text("utf-8"), content), "utf-8")
            case Elsewhere(test):
                name, _, words = test.partition("::")
                assert words in (ROOT / name).read_text("utf-8")

    def _run(self, line: str) -> None:
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
            return
        if line.startswith("curl ") and shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        command = ["bash", "-c", line.replace(PORT_OF_THE_PAGES, self._url)]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self._printed += done.stdout

    def _serve(self, line: str) -> None:
        # the reader stops the server of the section before
        self._serving.close()
        command = ["bash", "-c", f'cd "{self.folder}" && exec {line} --port 0']
        process = self._serving.enter_context(
            running(command, self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        )
        assert process.stdout
        lines: Iterator[str] = self._serving.enter_context(process.stdout)
        self._url = next(each for each in lines if each.startswith("listening on ")).split()[2].rstrip("/")


def _environment(programs: Path, python: Path) -> dict[str, str]:
    """Return the environment of an active virtual environment, with the CDK's command line in it."""
    programs.mkdir(parents=True)
    node = node_binary()
    assert node is not None
    commands = {
        "cdk": f'"{node}" "{ROOT}/node_modules/aws-cdk/bin/cdk"',
        # finds the one above: an app has the same version
        "npx": "env",
        # -s: nothing of the user's
        "python": f'"{python}" -s',
        "streaming-api": f'"{python.parent}/streaming-api"',
    }
    for name, command in commands.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        (programs / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(programs), kept.get("PATH", os.defpath)])
    own = {"PATH": path, "JSII_NODE": str(node), "CDK_DISABLE_CLI_TELEMETRY": "true", "NO_PROXY": "*"}
    return kept | own | {"AWS_REGION": "us-east-1"}


def _assigned(statement: str) -> str:
    return statement.strip().partition(" = ")[0]


def _exchanged(text: str, block: str) -> str:
    """Return a program with the statements of a block: imports at its top, and assignments in their place."""
    for statement in filter(None, block.splitlines()):
        if statement.startswith("from "):
            text = f"{statement}\n{text}"
            continue
        old = [line for line in text.splitlines() if _assigned(line) == _assigned(statement)]
        assert len(old) == 1, statement
        text = text.replace(old[0].strip(), statement)
    return text
