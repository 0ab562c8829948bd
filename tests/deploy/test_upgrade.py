"""What an upgrade of the constructs leaves as it is, in a stack that an earlier version deployed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = f"python {shlex.quote(str(Path(__file__).parent / 'upgrade_app.py'))}"

pytestmark = pytest.mark.timeout(900)


def test_upgrade_keeps_the_secret_with_the_keys_of_clients(
    cdk: Callable[..., str], bootstrapped: None, clients: Callable[[str], Any], tmp_path: Path
) -> None:
    def deploy(name: str, *context: str) -> tuple[str, str]:
        """Return the ARN of the secret and its value."""
        output = ["--app", APP, "--output", tmp_path / name, "--require-approval", "never"]
        cdk("deploy", "Keyed", *output, *context)
        (stack,) = clients("cloudformation").describe_stacks(StackName="Keyed")["Stacks"]
        (arn,) = (it["OutputValue"] for it in stack["Outputs"] if it["OutputKey"] == "SecretArn")
        return arn, clients("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]

    before = deploy("before")
    assert "default" in before[1]
    assert deploy("now", "--context", "now=1") == before
    resources = clients("cloudformation").describe_stack_resources(StackName="Keyed")["StackResources"]
    kinds = [each["ResourceType"] for each in resources]
    assert kinds.count("AWS::SecretsManager::Secret") == 1
    assert "AWS::ApiGateway::Authorizer" in kinds
