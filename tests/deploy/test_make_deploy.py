"""`make deploy` refuses clearly, and before any change, when the account is not ready."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3
import pytest
from demo import ROOT

pytestmark = pytest.mark.timeout(900)


def make_deploy(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "deploy"], cwd=ROOT, env=dict(env), capture_output=True, text=True)


def stack_names(env: Mapping[str, str]) -> list[str]:
    stacks = boto3.client(
        "cloudformation",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return sorted(stack["StackName"] for stack in stacks.describe_stacks()["Stacks"])


def test_make_deploy_without_credentials_stops_with_the_reason(aws: dict[str, str]) -> None:
    env = {
        name: value
        for name, value in aws.items()
        if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }
    done = make_deploy(env)
    assert done.returncode != 0
    assert "credentials" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert stack_names(aws) == []


def test_make_deploy_without_bootstrap_prints_the_command(aws: dict[str, str]) -> None:
    done = make_deploy(aws)
    assert done.returncode != 0
    assert "cdk bootstrap aws://000000000000/us-east-1" in done.stdout + done.stderr
    assert stack_names(aws) == []


def test_make_deploy_without_logging_role_names_the_opt_in_stack(
    aws: dict[str, str], cdk: Callable[..., str], bootstrapped: None
) -> None:
    done = make_deploy(aws)
    assert done.returncode != 0
    assert "-c account_logging_role=true" in done.stdout + done.stderr
    assert stack_names(aws) == ["CDKToolkit"]
    flags = ["-c", "account_logging_role=true", "--require-approval", "never"]
    cdk("deploy", "ApiGatewayAccountLogging", *flags)
    doctor = subprocess.run(
        [ROOT / ".venv/bin/streaming-api", "doctor"], env=aws, capture_output=True, text=True
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr


def test_make_destroy_leaves_the_bootstrap_and_the_logging_role_that_others_use(
    aws: dict[str, str], cdk: Callable[..., str], assembly: Path
) -> None:
    kept = stack_names(aws)
    cdk("deploy", "StreamingChat", "--app", assembly, "--require-approval", "never")
    assert stack_names(aws) == sorted([*kept, "StreamingChat"])
    done = subprocess.run(
        ["make", "destroy", "CDK_FLAGS=--force"], cwd=ROOT, env=aws, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert stack_names(aws) == kept
