"""A StreamingUrl behind CloudFront before other people's rules: cdk-nag, cfn-lint and others."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import cfnlint.api  # type: ignore[import-untyped]
import cloudformation_validate as native
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingUrl
from cdk_streaming_api.validation import IGNORED_RULES
from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.assembly import read_files
from tests.synth.conftest import new_app
from tests.synth.test_every_feature import PAGE, found_by_cdk_nag

#: What cdk-nag finds; docs/constructs-checks.md answers each.
ANSWERED = {
    "AwsSolutions-CFR1",
    "AwsSolutions-IAM5[Resource::*]",
    "Serverless-LambdaDLQ",
}
#: What it finds beside that with CloudFront's own certificate, and without a web ACL.
ANSWERED_WITHOUT_ARGUMENTS = {"AwsSolutions-CFR2", "AwsSolutions-CFR4"}
#: What the construct says itself, in the same report.
TOLD = {"StreamingRules::STREAM047"}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/1"
ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1a2b3c"


def chat(stack: cdk.Stack) -> lambda_.IFunction:
    return BedrockFunction(stack, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"))


def with_arguments(stack: cdk.Stack) -> None:
    StreamingUrl(
        stack,
        "Url",
        handler=chat(stack),
        behind_cloudfront=True,
        allow_origins=["https://app.example.com"],
        web_acl_arn=ACL,
        domain_names=["stream.example.com"],
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
    )


def test_cdk_nag_findings_of_a_streaming_url_are_documented(app: cdk.App, stack: cdk.Stack) -> None:
    with_arguments(stack)
    assert found_by_cdk_nag(app) - TOLD == ANSWERED


def test_cdk_nag_findings_without_arguments_are_documented(app: cdk.App, stack: cdk.Stack) -> None:
    StreamingUrl(stack, "Url", handler=chat(stack), behind_cloudfront=True)
    assert found_by_cdk_nag(app) - TOLD == ANSWERED | ANSWERED_WITHOUT_ARGUMENTS


def test_cdk_nag_findings_of_a_streaming_url_have_an_answer_in_the_docs() -> None:
    answers = PAGE.read_text("utf-8")
    for rule in ANSWERED | ANSWERED_WITHOUT_ARGUMENTS:
        assert f"`{rule.partition('[')[0]}`" in answers


@pytest.fixture(scope="module")
def finished_url(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a stack with a StreamingUrl."""
    app = new_app(context, tmp_path_factory.mktemp("url") / "cdk.out")
    with_arguments(cdk.Stack(app, "Url"))
    app.synth()
    return Path(app.outdir) / "Url.template.json"


def test_cfn_lint_accepts_a_streaming_url(finished_url: Path) -> None:
    # W3005: the CDK adds DependsOn where a reference says the same
    config = cfnlint.api.ManualArgs(ignore_checks=["W3005"], regions=["us-east-1", "eu-central-1"])
    assert cfnlint.api.lint_file(finished_url, config) == []


def test_cloudformation_validate_accepts_a_streaming_url(finished_url: Path) -> None:
    config = native.ValidateConfig(
        exclude=native.RuleFilterConfig(ids=IGNORED_RULES), severity_level=native.Severity.WARN
    )
    assert native.CompositeEngine().validate_template(str(finished_url), config).diagnostics == []


def test_streaming_rules_find_nothing_that_a_streaming_url_does_not_say_itself(finished_url: Path) -> None:
    found = find(read_files([finished_url]))
    assert {each.rule.id for each in found} == {"STREAM047"}
    assert all(each.already_reported for each in found)
