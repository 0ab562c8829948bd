"""`streaming-api doctor` against the stand-in for AWS, and with nothing configured."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.smoke.conftest import CommandLine

MINISTACK = Path(__file__).resolve().parents[2] / ".ministack" / "bin" / "ministack"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment of an empty account on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    loopback = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
    with (tmp_path_factory.mktemp("ministack") / "log").open("w") as log:
        process = subprocess.Popen([MINISTACK], env=os.environ | loopback, stdout=log, stderr=log)
        try:
            _wait_until_healthy(endpoint, process)
            yield {
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1",
            }
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_healthy(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"ministack did not start, exit code {process.poll()}")


def client(service: str, account: dict[str, str]) -> Any:  # noqa: ANN401 - botocore has no types
    return botocore.session.Session().create_client(
        service,
        region_name=account["AWS_REGION"],
        endpoint_url=account["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_an_account_is_told_what_it_needs_until_it_is_ready(
    streaming_api: CommandLine, account: dict[str, str]
) -> None:
    """One account on its way: empty, with an old bootstrap, bootstrapped, with the logging role."""
    empty = streaming_api("doctor", env=account)
    assert empty.returncode == 1
    assert "ok           credentials: account 000000000000" in empty.stdout
    assert "run: cdk bootstrap aws://000000000000/us-east-1" in empty.stdout
    assert "run: cdk deploy ApiGatewayAccountLogging -c account_logging_role=true" in empty.stdout

    version = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Overwrite": True}
    client("ssm", account).put_parameter(Value="5", **version)
    old = json.loads(streaming_api("doctor", "--json", env=account).stdout)
    assert {check["check"]: check["status"] for check in old["checks"]} == {
        "credentials": "ok",
        "region": "ok",
        "bootstrap": "fail",
        "logging role": "fail",
    }

    client("ssm", account).put_parameter(Value="30", **version)
    bootstrapped = streaming_api("doctor", "--cdk", "npx cdk", env=account)
    assert bootstrapped.returncode == 1
    assert "bootstrap aws://" not in bootstrapped.stdout
    assert "run: npx cdk deploy ApiGatewayAccountLogging" in bootstrapped.stdout

    role = "arn:aws:iam::000000000000:role/logs"
    client("apigateway", account).update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )
    ready = streaming_api("doctor", env=account)
    assert ready.returncode == 0
    assert [line.split()[0] for line in ready.stdout.splitlines()] == ["ok"] * 4


def test_without_credentials_and_region_both_are_said_at_once(streaming_api: CommandLine) -> None:
    done = streaming_api("doctor")
    assert done.returncode == 1
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "fail",
        "run:",
        "fail",
        "run:",
        "skipped",
        "skipped",
    ]
    assert "credentials" in done.stdout
    assert "run: aws configure\n" in done.stdout


def test_an_aws_that_does_not_answer_is_no_failed_check(
    streaming_api: CommandLine, account: dict[str, str]
) -> None:
    done = streaming_api("doctor", env=account | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert done.returncode == 3
    assert done.stdout.startswith("unreachable  credentials: Could not connect")
