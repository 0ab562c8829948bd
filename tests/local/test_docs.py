"""docs/local.md: its commands listen, its code runs, its table names tests that exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from streaming_api_tools.local.application import Function
from streaming_api_tools.local.functions.log import FunctionLog
from tests.local.conftest import Serve
from tests.local.serving import CACHE, PATIENCE, ROOT, template
from tests.support.user_pool import UserPool

PAGE = (ROOT / "docs" / "local.md").read_text("utf-8")
BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
ROW = re.compile(
    r"^\| (?P<rule>[^|]+) \|(?P<source>[^|]*)\|(?P<live>[^|]*)\| (?P<test>\S+::\S+) \|$", re.MULTILINE
)
LIVE = re.compile(r"((yes,|no, but|perhaps not,|likely,|undecided,) (?P<number>\d+))?")
SOURCE = re.compile(r"(API|LAMBDA|INVOKE|SAM) [\w-]+\.html|RIE|https://\S+|")


def blocks(kind: str) -> list[str]:
    """Return the code blocks of the page of one language."""
    return [found["text"] for found in BLOCK.finditer(PAGE) if found["kind"] == kind]


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


def project(folder: Path) -> None:
    """Write what the commands of the page are about."""
    (folder / "code").mkdir()
    route = {"handler": "app.handler", "mode": "BUFFERED", "code": "../code", "authorization": "AWS_IAM"}
    text = json.dumps(template({"POST /story": {**route, "layers": []}})).replace("Function0", "Story")
    (folder / "cdk.out").mkdir()
    (folder / "cdk.out" / "StreamingChat.template.json").write_text(text, "utf-8")
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "StreamingChat.template.json"},
    }
    manifest = {"version": "1", "artifacts": {"StreamingChat": stack}}
    (folder / "cdk.out" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder / "template.yaml").write_text(text.replace("../code", "code"), "utf-8")
    (folder / "jwks.json").write_text(UserPool().key_set(), "utf-8")


def test_local_docs_each_command_listens(tmp_path: Path) -> None:
    project(tmp_path)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STREAMING_API_CACHE": str(CACHE),
    }
    # what reads a deployed stack runs in test_deployed
    commands = [line for line in COMMANDS if "--deployed" not in line]
    assert len(commands) > 10
    with ExitStack() as running:
        started = []
        for line in commands:
            words = shlex.split(line)
            variables = dict(word.split("=", 1) for word in words[: words.index("streaming-api")])
            command = words[words.index("streaming-api") :]
            process = subprocess.Popen(
                [*command, *([] if "--port" in words else ["--port", "0"])],
                cwd=tmp_path,
                env={**environment, **variables},
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            running.enter_context(process)
            running.callback(process.terminate)
            started.append(process)
        for line, process in zip(commands, started, strict=True):
            assert process.stdout is not None
            said = process.stdout.readline()
            assert "http://127.0.0.1:" in said, f"{line}: {process.stderr and process.stderr.read()}"
            process.terminate()
            assert process.wait(PATIENCE) == 0, line


def test_local_docs_lambda_api_example_prints_the_events(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    serving = serve({"POST /x": {"handler": "handlers.echo", "mode": "BUFFERED"}})
    (code,) = blocks("python")
    code = code.replace("http://127.0.0.1:3000", serving.url).replace('"Story"', '"Function0"')
    exec(compile(f"{code}\nclient.close()", "docs/local.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "PayloadChunk" in printed
    assert "InvokeComplete" in printed


def test_local_docs_log_example_equals_the_function_log() -> None:
    lines: list[str] = []
    function = Function("Story", "arn", "python3.13", "app.handler", Path())
    log = FunctionLog(function, lines.append)
    log.init_start()
    log.init_ms = 155.71
    log.start("6c4db3d5-0436-440a-b4fb-0afd353b3b4d")
    log.line("a line from stderr", "stderr")
    log.end(3.5, os.getpid())
    shown = next(block for block in blocks("text") if "START" in block)
    memory = re.compile(r"Max Memory Used: \d+ MB")
    assert memory.sub("", shown) == memory.sub("", "\n".join(lines) + "\n")


def test_local_docs_each_rule_has_a_source_and_an_existing_test() -> None:
    rows = list(ROW.finditer(PAGE))
    assert len(rows) > 50
    start = PAGE.index("| rule | source | seen live | test |")
    table = PAGE[start : PAGE.index("### Live evidence")]
    assert len(rows) == sum(line.startswith("| ") and "**" not in line for line in table.splitlines()) - 1
    for row in rows:
        assert SOURCE.fullmatch(row["source"].strip()), row["rule"]
        file, _, name = row["test"].partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), row["test"]


def test_local_docs_live_evidence_is_listed() -> None:
    listed = re.findall(r"^\| (\d+) \|", PAGE[PAGE.index("### Live evidence") :], re.MULTILINE)
    found = [LIVE.fullmatch(row["live"].strip()) for row in ROW.finditer(PAGE)]
    assert all(found), [row["live"] for row in ROW.finditer(PAGE)]
    assert {each["number"] for each in found if each and each["number"]} == set(listed)
