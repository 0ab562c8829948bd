"""The page for other tools: its apps are synthesized, checked and, where a gateway reads them, streamed from.

`tests/oracles/test_other_tools.py` asks the makers of these tools.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from streaming_api_templates.rules.subjects.read import read_subjects
from streaming_api_templates.template.assembly import read
from tests.docs.test_blocks import BIN, command, environment
from tests.docs.test_how_to import serving
from tests.support.cdk_javascript import synthesize
from tests.support.other_tools import LAYER, PAGE, block, files, layer_name, write

NAME = PAGE.stem
SOURCES = ("template.yaml", "api.yaml", "cdk.out")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page says, written down, and the app in TypeScript synthesized."""
    written = write(tmp_path_factory.mktemp("other tools"))
    synthesize(written / "app.ts")
    return written


def test_other_tools_page_names_the_layer_of_this_version() -> None:
    named = {name for text in files().values() for name in LAYER.findall(text)}
    assert named == {layer_name()}


@pytest.mark.parametrize("source", SOURCES)
def test_other_tools_source_has_no_finding(folder: Path, source: str) -> None:
    words = command(NAME, f"streaming-api check {source}")
    done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings in 1 template\n"), done.stdout


@pytest.mark.parametrize("source", SOURCES)
def test_other_tools_source_has_one_method_and_it_streams(folder: Path, source: str) -> None:
    (method,) = read_subjects(read(folder / source), {}).methods
    assert method.streams
    assert (method.verb, method.path) == ("GET", "/countdown")


@pytest.mark.parametrize(
    ("source", "right", "wrong", "rule"),
    [
        (
            "template.yaml",
            "ResponseTransferMode: RESPONSE_STREAM",
            "ResponseTransferMode: STREAM",
            "STREAM030",
        ),
        ("template.yaml", "Timeout: 900", "Timeout: 30", "STREAM008"),
        ("api.yaml", "responseTransferMode: STREAM", "responseTransferMode: stream", "STREAM001"),
        ("api.yaml", "timeoutInMillis: 900000", "timeoutInMillis: 1000000", "STREAM006"),
        ("api.yaml", "type: aws_proxy", "type: aws", "STREAM002"),
    ],
)
def test_other_tools_spoilt_source_is_found(
    tmp_path: Path, source: str, right: str, wrong: str, rule: str
) -> None:
    text = files()[source]
    assert text.count(right) == 1
    (tmp_path / source).write_text(text.replace(right, wrong), "utf-8")
    check = [str(BIN / "streaming-api"), "check", source, "--json"]
    done = subprocess.run(check, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert rule in {each["rule"] for each in json.loads(done.stdout)["findings"]}


@pytest.mark.parametrize("source", ["template.yaml", "cdk.out"])
def test_other_tools_function_streams_with_the_layer_alone(folder: Path, source: str) -> None:
    assert "--no-auth" in command(NAME, "streaming-api local")
    (path,) = re.findall(r"http://127.0.0.1:3000(\S+)", command(NAME, "curl")[-1])
    with (
        serving(folder, "--no-auth", source=source) as (url, _),
        urllib.request.urlopen(url + path) as answer,
    ):
        assert answer.read().decode() == block("text")


def test_other_tools_sam_template_has_no_finding_of_cfn_lint(folder: Path) -> None:
    lint = [str(BIN / "cfn-lint"), "--region", "eu-west-1", "--", str(folder / "template.yaml")]
    done = subprocess.run(lint, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")


def test_other_tools_hash_of_the_layer_is_checked(folder: Path, tmp_path: Path) -> None:
    layer = (folder / layer_name()).read_bytes()
    (tmp_path / layer_name()).write_bytes(layer)
    sums = f"{hashlib.sha256(layer).hexdigest()}  {layer_name()}\n{'0' * 64}  not-downloaded.whl\n"
    (tmp_path / "SHA256SUMS").write_text(sums, "utf-8")
    check = command(NAME, "sha256sum")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / layer_name()).write_bytes(layer + b"x")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1


def test_other_tools_archive_has_the_handler_at_its_top(folder: Path) -> None:
    words = command(NAME, "python -m zipfile")
    subprocess.run([sys.executable, *words[1:]], cwd=folder, check=True)
    with zipfile.ZipFile(folder / "countdown.zip") as archive:
        assert archive.namelist() == ["app.py"]
    assert 'handler          = "app.handler"' in files()["main.tf"]
    assert 'filename         = "countdown.zip"' in files()["main.tf"]


def test_other_tools_terraform_gives_the_definition_the_uri_that_streams() -> None:
    text = files()["main.tf"]
    (variable,) = re.findall(r"(\w+) = aws_lambda_function.countdown.response_streaming_invoke_arn", text)
    operation = yaml.safe_load(files()["api.yaml"])["paths"]["/countdown"]["get"]
    assert operation["x-amazon-apigateway-integration"]["uri"] == f"${{{variable}}}"
    assert set(re.findall(r"\$\{(\w+)\}", files()["api.yaml"])) == {variable}
