"""`streaming-api doctor` against the stand-in for AWS, and with nothing configured."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.smoke.conftest import CommandLine
from tests.support.processes import ministack

#: Stands for the CDK command line, whose own start takes a second.
CDK = "sh -c 'echo 2.9999.0'"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment of an empty account on loopback."""
    with ministack(tmp_path_factory.mktemp("ministack")) as endpoint:
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }


def client(service: str, account: dict[str, str]) -> Any:  # noqa: ANN401 - botocore has no types
    return botocore.session.Session().create_client(
        service,
        region_name=account["AWS_REGION"],
        endpoint_url=account["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_doctor_command_account_gets_ready_step_by_step(
    streaming_api: CommandLine, account: dict[str, str], tmp_path: Path
) -> None:
    """One account on its way: empty, with an old bootstrap, bootstrapped, with the logging role."""
    account |= {"PATH": os.defpath}
    # a checkout that nobody has synthesized in: a cdk.out would be judged too
    opt_in = tmp_path / "stacks" / "account_logging_stack.py"
    opt_in.parent.mkdir()
    opt_in.touch()
    empty = streaming_api("doctor", env=account, cwd=tmp_path)
    assert empty.returncode == 1
    assert "ok           credentials: account 000000000000" in empty.stdout
    assert "run: cdk bootstrap aws://000000000000/us-east-1" in empty.stdout
    assert "run: cdk deploy ApiGatewayAccountLogging -c account_logging_role=true" in empty.stdout

    version = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Overwrite": True}
    client("ssm", account).put_parameter(Value="5", **version)
    old = json.loads(streaming_api("doctor", "--json", env=account, cwd=tmp_path).stdout)
    assert {check["check"]: check["status"] for check in old["checks"]} == {
        "credentials": "ok",
        "region": "ok",
        "bootstrap": "fail",
        "logging role": "fail",
        "deploy permission": "skipped",
        "Lambda concurrency": "ok",
        "concurrent streams": "skipped",
        "function URLs": "skipped",
        "API Gateway quotas": "skipped",
        "CDK command line": "warn",
        "Node.js": "ok",
    }

    client("ssm", account).put_parameter(Value="30", **version)
    bootstrapped = streaming_api("doctor", "--cdk", "npx cdk", env=account, cwd=tmp_path)
    assert bootstrapped.returncode == 1
    assert "bootstrap aws://" not in bootstrapped.stdout
    assert "run: npx cdk deploy ApiGatewayAccountLogging" in bootstrapped.stdout

    role = "arn:aws:iam::000000000000:role/logs"
    client("apigateway", account).update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )
    ready = streaming_api("doctor", "--cdk", CDK, env=account, cwd=tmp_path)
    assert ready.returncode == 0
    lines = [line.split()[0] for line in ready.stdout.splitlines()]
    assert lines == ["ok", "ok", "ok", "ok", "skipped", "ok", "skipped", "skipped", "skipped", "ok", "ok"]
    assert "deploy permission: the caller is the root user" in ready.stdout


def test_doctor_command_model_is_looked_up_and_unsupported_checks_skipped(
    streaming_api: CommandLine, account: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    model = "us.amazon.nova-lite-v1:0"
    done = streaming_api("doctor", "--model", model, "--app", str(tmp_path), "--json", env=account)
    found = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["model access"]["status"] == found["model lifecycle"]["status"] == "ok"
    assert found["API Gateway quotas"]["detail"] == "this endpoint does not answer ListServiceQuotas"
    assert found["model quotas"]["detail"] == "this endpoint does not answer ListServiceQuotas"
    written = json.loads((tmp_path / "cdk.context.json").read_text())
    (key,) = written
    assert key == f"streaming-api:inference-profile:region=us-east-1:profile={model}"
    assert written[key]["models"] == ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]


def test_doctor_command_missing_credentials_and_region_are_both_reported(streaming_api: CommandLine) -> None:
    done = streaming_api("doctor", env={"PATH": os.defpath})
    assert done.returncode == 1
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "fail",
        "run:",
        "fail",
        "run:",
        *["skipped"] * 7,
        "warn",
        "run:",
        "ok",
    ]
    assert "credentials" in done.stdout
    assert "run: aws configure\n" in done.stdout


def test_doctor_command_unreachable_aws_is_not_a_failed_check(
    streaming_api: CommandLine, account: dict[str, str]
) -> None:
    done = streaming_api("doctor", env=account | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert done.returncode == 3
    assert done.stdout.startswith("unreachable  credentials: Could not connect")


def test_doctor_command_unknown_profile_prints_aws_configure(
    streaming_api: CommandLine,
) -> None:
    done = streaming_api("doctor", env={"AWS_PROFILE": "nope"})
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "fail         credentials: The config profile (nope) could not be found",
        "             run: aws configure --profile nope",
    ]


def test_doctor_command_invalid_region_is_one_line(streaming_api: CommandLine) -> None:
    done = streaming_api("doctor", env={"AWS_REGION": "no region"})
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "region_name 'no region'" in done.stderr
