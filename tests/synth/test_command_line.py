"""The genuine CDK command line on the checkout, as in an activated environment and with nobody to call."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.checkout import odd_checkout

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment() -> dict[str, str]:
    """A shell with the virtual environment activated, without Node, credentials or settings of the CDK."""
    kept = {"HOME", "LANG", "TMPDIR", "SYSTEMROOT"}
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    return {name: value for name, value in os.environ.items() if name in kept} | {"PATH": path}


def cdk(
    arguments: list[str], environment: Mapping[str, str], checkout: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the command line as `node_modules` has it."""
    return subprocess.run(
        [checkout / ".venv" / "bin" / "python", checkout / "scripts" / "node.py", "cdk", *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_cdk_synth_needs_no_arguments_credentials_or_network(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
        run = cdk(["synth", "--quiet", "--strict", "--output", str(tmp_path)], environment | proxies)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    stacks = {
        name: artifact["environment"]
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert stacks == {"StreamingChat": "aws://unknown-account/unknown-region"}


def test_cdk_synth_in_an_odd_path_and_without_a_home_succeeds(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """No superuser can write below a device either."""
    environment |= {"HOME": "/dev/null/home"}
    checkout = odd_checkout(tmp_path)
    run = cdk(["synth", "--quiet"], environment, checkout)
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
    assert (checkout / "cdk.out" / "StreamingChat.template.json").exists()


def test_cdk_synth_account_logging_role_is_a_separate_stack(
    environment: dict[str, str], tmp_path: Path
) -> None:
    options = ["-c", "account_logging_role=true", "--output", str(tmp_path)]
    run = cdk(["synth", "--quiet", *options], environment)
    assert run.returncode == 0, run.stderr
    artifacts = json.loads((tmp_path / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "ApiGatewayAccountLogging" in artifacts["StreamingChat"]["dependencies"]


def test_cdk_synth_misspelt_setting_fails_with_the_nearest_name(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run = cdk(["synth", "-c", "modle_id=x", "--output", str(tmp_path)], environment)
    assert run.returncode == 1
    assert "context has no setting 'modle_id'; did you mean 'model_id'?" in run.stderr
