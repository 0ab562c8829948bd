"""An API with 300 routes over nested stacks is deployed; `make test-platform` runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).with_name("app.py")

pytestmark = pytest.mark.timeout(900)


def test_platform_of_300_routes_is_deployed_over_nested_stacks(
    cdk: Callable[..., str], clients: Callable[[str], Any], tmp_path: Path
) -> None:
    options = ["--app", f"{sys.executable} {APP}", "--output", tmp_path / "cdk.out"]
    cdk("bootstrap", "aws://000000000000/us-east-1", *options)
    cdk("deploy", "Platform", "--require-approval", "never", *options)
    stacks = clients("cloudformation").describe_stacks()["Stacks"]
    ours = [each for each in stacks if each["StackName"].startswith("Platform")]
    assert {each["StackStatus"] for each in ours} == {"CREATE_COMPLETE"}
    gateway = clients("apigateway")
    (api,) = gateway.get_rest_apis(limit=500)["items"]
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api["id"])
    resources = [item for page in pages for item in page["items"]]
    methods = [verb for item in resources for verb in item.get("resourceMethods", {})]
    assert len(methods) == 300
    # the policy of the function has a statement for the stage, and one for each nested stack
    (function,) = clients("lambda").list_functions()["Functions"]
    policy = clients("lambda").get_policy(FunctionName=function["FunctionName"])["Policy"]
    assert policy.count("lambda:InvokeFunction") == 4
    assert len(policy) < 20_480
