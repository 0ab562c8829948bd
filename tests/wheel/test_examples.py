"""The example app of another team: from the wheel alone to streams on the local gateway."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import service

from tests.support.shared import once
from tests.support.stretched import until_proved
from tests.wheel.conftest import ROOT, run

EXAMPLE = ROOT / "examples" / "consumer"
#: Bundles are the same until their pins change.
CACHE = ROOT / ".cache" / "bundles"

pytestmark = pytest.mark.timeout(900)


def bundled(python: Path, example: Path, *options: str) -> Path:
    """Run the command that cdk.json has, from the wheel, and return what it made."""
    command = json.loads((example / "cdk.json").read_text("utf-8"))["build"].split()
    assert command[:3] == ["python", "-m", "cdk_streaming_api.bundle"]
    cache, build = CACHE / ("-".join(options) or "lambda"), example / "build"
    if cache.exists():
        shutil.copytree(cache, build)
    run(python, "-s", *command[1:], *options, cwd=example)
    shutil.copytree(build, cache, dirs_exist_ok=True)
    return build / "catalogue"


def copied(folder: Path) -> Path:
    return Path(
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", "__pycache__", "cdk.out"))
    )


@pytest.fixture(scope="module")
def assembly(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example synthesized from the wheel, with packages for this machine."""

    def make(folder: Path) -> None:
        example = copied(folder / "consumer")
        bundled(python, example, "--here")
        # the CDK's command line hands over the folder, and `--no-validation`, in the same way
        given = [f"CDK_OUTDIR={folder / 'cdk.out'}", "CDK_VALIDATION=false"]
        run("env", *given, python, "-s", example / "app.py", cwd=example)

    return once(tmp_path_factory, "example", make) / "cdk.out"


@pytest.mark.parametrize(("stack", "streams"), [("Assistant", 3), ("OwnHandlers", 3), ("ExistingApi", 1)])
def test_example_app_stacks_synthesize_from_the_wheel_alone(assembly: Path, stack: str, streams: int) -> None:
    template = json.loads((assembly / f"{stack}.template.json").read_text("utf-8"))
    methods = [it for it in template["Resources"].values() if it["Type"] == "AWS::ApiGateway::Method"]
    modes = [it["Properties"]["Integration"].get("ResponseTransferMode") for it in methods]
    assert modes.count("STREAM") == streams


@contextmanager
def gateway(python: Path, assembly: Path, stack: str, log: Path) -> Iterator[str]:
    """Serve a stack with the tools of the wheel and yield the URL of its stage."""
    options = ["--stack", stack, "--port", "0", "--no-auth", "--json"]
    command: list[str | Path] = [python.parent / "streaming-api", "local", assembly, *options]
    with service(command, os.environ, log, read_output=True) as process:
        assert process.stdout
        with process.stdout:
            line = process.stdout.readline()
            assert line, log.read_text("utf-8")
            yield json.loads(line)["url"] + "/prod"


def proof(python: Path, url: str, body: str) -> subprocess.CompletedProcess[str]:
    """Ask for the verdict on a route; a machine that was too busy is asked again."""
    options = ["--auth", "none", "--runs", "1", "--data", body]
    command = [str(python.parent / "streaming-api"), "smoke", url, *options]
    return until_proved(
        lambda _: subprocess.run(command, capture_output=True, text=True), lambda done: done.returncode == 0
    )


@pytest.mark.parametrize(
    ("stack", "routes"),
    [
        (
            "OwnHandlers",
            {"reports/7": "{}", "stories": '{"title": "river"}', "search": '{"words": "river"}'},
        ),
        ("ExistingApi", {"orders/events": '{"order": "a"}'}),
    ],
)
def test_example_app_every_handler_streams_on_the_local_gateway(
    python: Path, assembly: Path, tmp_path: Path, stack: str, routes: dict[str, str]
) -> None:
    log = tmp_path / "gateway.log"
    with gateway(python, assembly, stack, log) as url:
        for path, body in routes.items():
            done = proof(python, f"{url}/{path}", body)
            assert done.returncode == 0, f"{path}\n{done.stdout}\n{log.read_text('utf-8')}"


def test_example_app_bundle_has_compiled_packages_of_the_lambda_platform(
    python: Path, tmp_path: Path
) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("pip refuses packages that are not for its own Python, whatever --python-version says")
    catalogue = bundled(python, copied(tmp_path / "consumer"))
    compiled = [path.name for path in catalogue.rglob("*.so")]
    assert compiled
    assert all("cpython-314-aarch64-linux-gnu" in name for name in compiled)
    assert not list(catalogue.rglob("*.pyc"))
    assert (catalogue / "app.py").exists()
