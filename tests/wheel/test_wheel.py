"""The wheel as another team installs it: what is in it, and that it deploys what the checkout deploys."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email import message_from_bytes
from pathlib import Path

import distributions
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.wheel.conftest import EPOCH, ROOT, SOURCES, installed, run

#: The file as the pages name it.
WHEEL_IN_DOCS = "cdk_streaming_api-0.1.0-py3-none-any.whl"
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


@pytest.fixture(scope="session")
def checkout_assets() -> object:
    """The asset hashes that the checkout synthesizes."""
    return json.loads(run(sys.executable, "-c", CONSUMER, cwd=ROOT))["assets"]


def test_wheel_has_every_source_file_and_no_bytecode(wheel: Path) -> None:
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
def test_wheel_installed_deploys_the_functions_of_the_checkout(
    wheel: Path, checkout_assets: object, tmp_path: Path, option: str
) -> None:
    python = installed(wheel, tmp_path / "venv", option)
    compiled = list((tmp_path / "venv").rglob("lambda_src/**/__pycache__/*.pyc"))
    assert bool(compiled) == (option == "--compile")
    consumer = json.loads(run(python, "-I", "-c", CONSUMER, cwd=tmp_path))
    assert Path(consumer["package"]).is_relative_to(tmp_path)
    assert consumer["assets"] == checkout_assets


def test_wheel_tools_run_without_the_cdk(python: Path, tmp_path: Path) -> None:
    assert "Usage: streaming-api" in run(python.parent / "streaming-api", "--help", cwd=tmp_path)
    loaded = "import sys, streaming_api_tools.__main__; print({'aws_cdk', 'jsii'} & set(sys.modules))"
    assert run(python, "-I", "-c", loaded, cwd=tmp_path).strip() == "set()"


def digests(folder: Path) -> dict[str, str]:
    return {it.name: hashlib.sha256(it.read_bytes()).hexdigest() for it in folder.iterdir()}


def test_wheel_build_is_reproducible(checkout: Path, built: Path, tmp_path: Path) -> None:
    other = Path(
        shutil.copytree(checkout, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("*.egg-info"))
    )
    for path in other.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
        # as with another umask
        path.chmod(path.stat().st_mode & 0o700)
    distributions.build(other, tmp_path / "dist", EPOCH)
    assert digests(tmp_path / "dist") == digests(built)
    assert {name.rpartition(".")[2] for name in digests(built)} == {"gz", "whl", "zip"}


def test_sdist_has_the_sources_of_the_wheel_and_no_local_file(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert {(member.uid, member.gid, member.uname, member.mtime) for member in members} == {(0, 0, "", EPOCH)}
    names = {member.name.partition("/")[2] for member in members}
    assert {"pyproject.toml", "README.md", "LICENSE", "lambda_src/chat/handler.py"} <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith(("tests/", "."))]


def test_wheel_requirements_are_met_by_what_the_constraints_pin(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (each for each in packed.namelist() if each.endswith(".dist-info/METADATA"))
        written = message_from_bytes(packed.read(name)).get_all("Requires-Dist", [])
    asked = counting(written, {"extra": "tools"})
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonicalize_name(each.name): each.specifier for each in counting(lines, {})}
    assert {"aws-cdk-lib", "click"} <= {each.name for each in asked}
    for each in asked:
        (pin,) = pinned[canonicalize_name(each.name)]
        assert pin.version in each.specifier, each


def counting(lines: Iterable[str], environment: dict[str, str]) -> list[Requirement]:
    """Return those requirements that count in this environment."""
    requirements = map(Requirement, lines)
    return [each for each in requirements if each.marker is None or each.marker.evaluate(environment)]


@pytest.mark.slow
def test_wheel_installs_its_dependencies_into_an_empty_environment(
    wheel: Path, tmp_path: Path, checkout_assets: object
) -> None:
    environment = tmp_path / "empty"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    pip = f"-m pip --python {python} install -q --no-compile -c {ROOT / 'constraints.txt'}".split()
    run(sys.executable, *pip, f"{wheel}[tools]", cwd=tmp_path)
    consumer = json.loads(run(python, "-c", CONSUMER, cwd=tmp_path))
    assert Path(consumer["package"]).is_relative_to(environment)
    assert consumer["assets"] == checkout_assets
    tools = environment / "bin" / "streaming-api"
    for command in ("local", "smoke", "load", "doctor", "check", "explain", "policy", "chat", "open"):
        assert "sage: streaming-api" in run(tools, command, "--help", cwd=tmp_path)


@pytest.mark.slow
def test_wheel_runs_its_command_by_itself_with_uvx(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "uv"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    pins = (ROOT / "requirements-pins.txt").read_text("utf-8")
    (uv,) = re.findall(r"^uv==\S+", pins, re.MULTILINE)
    run(sys.executable, *f"-m pip --python {python} install -q --no-compile {uv}".split(), cwd=tmp_path)
    (words,) = re.findall(r"^uvx .*", (ROOT / "docs" / "how-to-own-app.md").read_text("utf-8"), re.MULTILINE)
    command = [word.replace(WHEEL_IN_DOCS, str(wheel)) for word in shlex.split(words)]
    assert command[2] == f"{wheel}[tools]"
    uvx = environment / "bin" / command[0]
    printed = run(uvx, "--python", sys.executable, *command[1:], cwd=tmp_path)
    assert "missing-authentication-token" in printed.replace(" ", "-").lower()
