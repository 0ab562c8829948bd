"""cdk-nag's wildcard rule, finding by finding: an exact policy has none, the others the documented ones."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_iam as iam
from bedrock_iam_docs import EXAMPLES, SOURCE, WILDCARDS

from cdk_streaming_api._bedrock.invoked_model import InvokedModel
from cdk_streaming_api._bedrock.model import BedrockModel
from cdk_streaming_api._bedrock.model_id import BedrockModelKind
from cdk_streaming_api._bedrock.statements import statements


def model_of(target: InvokedModel) -> BedrockModel:
    return BedrockModel(
        target.reference.model_id,
        models=[model_of(model) for model in target.models],
        destination_regions=target.destination_regions,
    )


def wildcard_findings(target: InvokedModel, folder: Path, acknowledged: dict[str, str]) -> list[str]:
    """Return the AwsSolutions-IAM5 findings about a role that may stream from the target."""
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Test", env=cdk.Environment(account=SOURCE.account, region=SOURCE.region))
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    model_of(target).grant_stream(role)
    for finding, reason in acknowledged.items():
        cdk.Validations.of(role).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    with suppress(RuntimeError):  # a finding ends the synthesis, after the report is written
        app.synth()
    report = json.loads((folder / "validation-report.json").read_text("utf-8"))
    rules = [each["ruleName"] for plugin in report["pluginReports"] for each in plugin["violations"]]
    return sorted(rule for rule in rules if "IAM5" in rule)


@pytest.mark.parametrize("kind", BedrockModelKind, ids=lambda kind: kind.name)
def test_cdk_nag_exact_bedrock_policy_has_no_wildcard_finding(kind: BedrockModelKind, tmp_path: Path) -> None:
    assert wildcard_findings(EXAMPLES[kind], tmp_path, {}) == []


@pytest.mark.parametrize("what", WILDCARDS)
def test_cdk_nag_bedrock_wildcards_are_the_documented_ones(what: str, tmp_path: Path) -> None:
    target, reason = WILDCARDS[what]
    arns = {arn for each in statements(target, SOURCE) for arn in each["Resource"] if "*" in arn}
    findings = wildcard_findings(target, tmp_path / "open", {})
    expected = {f"AwsSolutions-IAM5[Resource::{arn}]" for arn in arns}
    assert {finding.replace("<AWS::Partition>", "aws") for finding in findings} == expected
    answered = dict.fromkeys(findings, reason)
    assert wildcard_findings(target, tmp_path / "answered", answered) == []


def test_bedrock_policy_never_has_a_bare_wildcard() -> None:
    targets = [*EXAMPLES.values(), *(target for target, _ in WILDCARDS.values())]
    arns = [arn for target in targets for each in statements(target, SOURCE) for arn in each["Resource"]]
    assert all(arn.startswith("arn:aws:") and arn.split(":")[2] in ("bedrock", "sagemaker") for arn in arns)
