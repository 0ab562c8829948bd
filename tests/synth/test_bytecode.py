"""Bytecode beside the sources, which spares a cold start from compiling them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shlex import quote

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingFunction
from cdk_streaming_api._bundle.bytecode import interpreter
from cdk_streaming_api._lambda.bytecode import bytecode

# what runs the tests compiles for itself
RUNTIME = lambda_.Runtime(
    f"python3.{sys.version_info.minor}", lambda_.RuntimeFamily.PYTHON, supports_inline_code=True
)
LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
TAG = sys.implementation.cache_tag
UNCHECKED_HASH = 0b01


def assets(app: cdk.App) -> list[Path]:
    """Return the folders of the synthesized assets that are code."""
    folder = Path(app.synth().directory)
    manifest = json.loads((folder / "Test.assets.json").read_text("utf-8"))
    sources = [entry["source"] for entry in manifest["files"].values()]
    return [folder / source["path"] for source in sources if source["packaging"] == "zip"]


def test_bytecode_of_layer_and_bundled_function_is_unchecked_hash(app: cdk.App, stack: cdk.Stack) -> None:
    model = BedrockModel("amazon.nova-lite-v1:0")
    BedrockFunction(stack, "Chat", model=model, runtime=RUNTIME, precompile=True)
    folders = assets(app)
    assert len(folders) == 2
    for folder in folders:
        sources = sorted(folder.rglob("*.py"))
        assert len(sources) > 10
        for source in sources:
            compiled = source.parent / "__pycache__" / f"{source.stem}.{TAG}.pyc"
            flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
            assert flags == UNCHECKED_HASH, compiled


def test_bytecode_tracebacks_name_the_files_as_on_lambda(app: cdk.App, stack: cdk.Stack) -> None:
    model = BedrockModel("amazon.nova-lite-v1:0")
    BedrockFunction(stack, "Chat", model=model, runtime=RUNTIME, precompile=True)
    named = set()
    for folder in assets(app):
        for compiled in folder.rglob("__init__*.pyc"):
            program = (
                "import marshal, sys; print(marshal.loads(open(sys.argv[1], 'rb').read()[16:]).co_filename)"
            )
            run = [sys.executable, "-c", program, str(compiled)]
            named.add(subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip())
    assert {"/opt/python/lambda_streaming/__init__.py", "/var/task/chat/__init__.py"} <= named


def test_bytecode_without_precompile_is_absent(app: cdk.App, stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"))
    assert not [compiled for folder in assets(app) for compiled in folder.rglob("*.pyc")]


def test_bytecode_layer_is_shared_by_functions_of_one_runtime(stack: cdk.Stack) -> None:
    code = lambda_.Code.from_inline("handler = print")
    for name, runtime in (("A", RUNTIME), ("B", RUNTIME), ("C", None)):
        StreamingFunction(
            stack,
            name,
            code=code,
            handler="index.handler",
            runtime=runtime,
            precompile=runtime is not None,
        )
    layers = [each for each in stack.node.children if isinstance(each, lambda_.LayerVersion)]
    assert [[runtime.name for runtime in layer.compatible_runtimes or ()] for layer in layers] == [
        [RUNTIME.name],
        [f"python3.{minor}" for minor in range(10, 15)],
    ]


def test_bytecode_asset_hash_is_that_of_sources_and_runtime(
    app: cdk.App,
) -> None:
    hashes = []
    for name in ("Once", "Twice"):
        inner = cdk.Stack(app, name)
        model = BedrockModel("amazon.nova-lite-v1:0")
        BedrockFunction(inner, "Chat", model=model, runtime=RUNTIME, precompile=True)
    folder = Path(app.synth().directory)
    for name in ("Once", "Twice"):
        manifest = json.loads((folder / f"{name}.assets.json").read_text("utf-8"))
        hashes.append(
            [key for key, entry in manifest["files"].items() if entry["source"]["packaging"] == "zip"]
        )
    assert hashes[0] == hashes[1]
    assert len(set(hashes[0])) == 2


def test_bytecode_interpreter_is_the_running_one_or_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert interpreter(RUNTIME.name) == sys.executable
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreter("python3.99") is None
    (tmp_path / "python3.99").write_text("#!/bin/sh\n")
    (tmp_path / "python3.99").chmod(0o755)
    assert interpreter("python3.99") == str(tmp_path / "python3.99")


def test_bytecode_docker_command_adds_the_same_bytecode(tmp_path: Path) -> None:
    # docker itself is not run: the folders that it mounts are put into the command
    source, output = LAMBDA_SRC / "layer", tmp_path / "output"
    output.mkdir()
    options = bytecode(str(source), RUNTIME, folder="python", deployed="/opt")
    shell, flag, script = list(options.command or [])
    script = script.replace("/asset-input", quote(str(source))).replace("/asset-output", quote(str(output)))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([shell, flag, script], check=True, env={"PATH": path})
    compiled = output / "python" / "lambda_streaming" / "__pycache__" / f"__init__.{TAG}.pyc"
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED_HASH
