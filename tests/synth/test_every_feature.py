"""The example app, which has most of what the constructs can do, and a VPC, before other people's rules."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import cfnlint.api  # type: ignore[import-untyped]
import cloudformation_validate as native
import pytest
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_streaming_api import BedrockFunction, BedrockModel
from cdk_streaming_api.validation import IGNORED_RULES
from tests.synth.conftest import new_app

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "consumer" / "app.py"

#: What cdk-nag finds in the example; docs/constructs-checks.md answers each.
ANSWERED = {
    "AwsSolutions-COG4",
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
    "AWSCodeDeployRoleForLambdaLimited]",
    "AwsSolutions-IAM5[Resource::*]",
    "AwsSolutions-SMG4",
    "Serverless-LambdaDLQ",
}
#: What it finds in a function in a VPC.
ANSWERED_IN_A_VPC = {
    "AwsSolutions-IAM5[Resource::*]",
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:*:*/*]",
    "Serverless-LambdaDLQ",
}
PAGE = EXAMPLE.parents[2] / "docs" / "constructs-checks.md"


@pytest.fixture(scope="module")
def assistant() -> Callable[[Construct, str], cdk.Stack]:
    """The stack of the example, which is no package of this repository."""
    spec = importlib.util.spec_from_file_location("consumer", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE.parent))  # as `python app.py` does
        spec.loader.exec_module(module)
    stack: Callable[[Construct, str], cdk.Stack] = module.AssistantStack
    return stack


@pytest.fixture(scope="module")
def finished(
    assistant: Callable[[Construct, str], cdk.Stack],
    context: dict[str, object],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The template of the example."""
    app = new_app(context, tmp_path_factory.mktemp("example") / "cdk.out")
    assistant(app, "Assistant")
    app.synth()
    return Path(app.outdir) / "Assistant.template.json"


def test_cfn_lint_accepts_the_every_feature_example(finished: Path) -> None:
    # W3005: the CDK adds DependsOn where a reference says the same
    config = cfnlint.api.ManualArgs(ignore_checks=["W3005"], regions=["us-east-1", "eu-central-1"])
    assert cfnlint.api.lint_file(finished, config) == []


def test_cloudformation_validate_accepts_the_every_feature_example(finished: Path) -> None:
    config = native.ValidateConfig(
        exclude=native.RuleFilterConfig(ids=IGNORED_RULES), severity_level=native.Severity.WARN
    )
    assert native.CompositeEngine().validate_template(str(finished), config).diagnostics == []


def found_by_cdk_nag(app: cdk.App) -> set[str]:
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    with contextlib.suppress(RuntimeError):  # findings that are errors, after the report is written
        app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    return {it["ruleName"] for report in reports for it in report["violations"]}


def test_cdk_nag_findings_of_the_every_feature_example_are_documented(
    assistant: Callable[[Construct, str], cdk.Stack], app: cdk.App
) -> None:
    assistant(app, "Assistant")
    assert found_by_cdk_nag(app) == ANSWERED


def test_cdk_nag_findings_of_a_function_in_a_vpc_are_documented(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=["subnet-a"],
        private_subnet_route_table_ids=["rtb-a"],
    )
    BedrockFunction(stack, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"), vpc=vpc)
    assert found_by_cdk_nag(app) == ANSWERED_IN_A_VPC


def test_cdk_nag_every_finding_has_an_answer_in_the_docs() -> None:
    answers = PAGE.read_text("utf-8")
    for rule in ANSWERED | ANSWERED_IN_A_VPC:
        assert f"`{rule.partition('[')[0]}`" in answers


def test_every_feature_example_has_each_kind_of_resource(finished: Path) -> None:
    resources = json.loads(finished.read_text("utf-8"))["Resources"].values()
    assert {
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::UsagePlan",
        "AWS::CloudWatch::Dashboard",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::Transformer",
        "AWS::SecretsManager::Secret",
        "AWS::WAFv2::WebACLAssociation",
    } <= {resource["Type"] for resource in resources}
