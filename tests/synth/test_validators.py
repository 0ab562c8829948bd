"""The synthesized templates before other people's rules: cdk-nag, cfn-lint and CloudFormation Validate."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import aws_cdk as cdk
import cdk_nag
import cfnlint.api  # type: ignore[import-untyped]
import cloudformation_validate as native
import pytest

from cdk_streaming_api.validation import IGNORED_RULES, CloudFormationValidate
from stacks.accepted_findings import ACCEPTED
from stacks.account_logging_stack import AccountLoggingStack
from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings


class Finding(NamedTuple):
    """A line of a validation report."""

    plugin: str
    rule: str
    severity: str
    construct: str


def whole_deployment(app: cdk.App) -> cdk.App:
    """Add what the reference deployment can have, also what it does not have by default."""
    ChatStack(app, "StreamingChat", settings=DeploymentSettings(allow_origins=("https://app.example.com",)))
    AccountLoggingStack(app, "ApiGatewayAccountLogging")
    return app


def validation_report(app: cdk.App) -> tuple[list[Finding], set[str]]:
    """Synthesize, and return the findings and the ids of those that were acknowledged with a reason."""
    # findings that are errors also fail the synthesis, after the report is written
    with contextlib.suppress(RuntimeError):
        app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    findings = [
        Finding(
            report["pluginName"], violation["ruleName"], violation["severity"], construct["constructPath"]
        )
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]
    acknowledged = {
        violation["acknowledgedId"]
        for report in reports
        for violation in report.get("suppressedViolations", [])
        if violation["reason"]
    }
    return findings, acknowledged


def test_cdk_nag_findings_of_the_reference_stack_are_acknowledged(
    app: cdk.App,
) -> None:
    whole_deployment(app)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    findings, acknowledged = validation_report(app)
    account_role = {found for found in acknowledged if "AmazonAPIGatewayPushToCloudWatchLogs" in found}
    assert findings == []
    assert acknowledged - account_role == set(ACCEPTED)
    assert len(account_role) == 1


@pytest.fixture(scope="module")
def templates(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The finished templates of the whole deployment."""
    folder = tmp_path_factory.mktemp("templates") / "cdk.out"
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    whole_deployment(app).synth()
    return sorted(folder.glob("*.template.json"))


def test_cfn_lint_accepts_the_reference_templates(templates: list[Path]) -> None:
    # W3005: the CDK adds DependsOn where a reference says the same
    config = cfnlint.api.ManualArgs(
        ignore_checks=["W3005"], regions=["us-east-1", "eu-central-1", "ap-northeast-1"]
    )
    assert len(templates) == 2
    for template in templates:
        assert cfnlint.api.lint_file(template, config) == []


def test_cloudformation_validate_accepts_the_reference_templates(templates: list[Path]) -> None:
    engine = native.CompositeEngine()
    config = native.ValidateConfig(
        exclude=native.RuleFilterConfig(ids=IGNORED_RULES), severity_level=native.Severity.WARN
    )
    for template in templates:
        assert engine.validate_template(str(template), config).diagnostics == []


@pytest.mark.parametrize("errors", [True, False])
def test_cloudformation_validate_plugin_reports_what_the_built_in_does(tmp_path: Path, errors: bool) -> None:
    def report(*, builtin: bool) -> list[Finding]:
        app = cdk.App(
            context={"@aws-cdk/core:validateAgainstDefaultRules": errors},
            outdir=str(tmp_path / str(builtin)),
            builtin_cloud_formation_validation=builtin,
        )
        stack = cdk.Stack(app, "Stack")
        cdk.CfnResource(stack, "Unknown", type="AWS::S3::Bucket", properties={"Nope": 1})
        function = {
            "Role": "arn:aws:iam::123456789012:role/x",
            "Code": {"ZipFile": "x"},
            "Timeout": 1000,
            "Runtime": "python3.8",
            "Handler": "a.b",
        }
        cdk.CfnResource(stack, "Function", type="AWS::Lambda::Function", properties=function)
        if not builtin:
            cdk.Validations.of(app).add_plugins(CloudFormationValidate())
        return sorted(validation_report(app)[0])

    found = report(builtin=False)
    assert found == report(builtin=True)
    severity = "error" if errors else "warning"
    assert Finding("CloudFormation Validate", "F3002", severity, "Stack/Unknown") in found
    assert Finding("CloudFormation Validate", "E3717", severity, "Stack/Function") in found


def test_cloudformation_validate_app_ending_early_prints_nothing_of_rules() -> None:
    code = """
import aws_cdk as cdk
from cdk_streaming_api.validation import CloudFormationValidate
app = cdk.App(builtin_cloud_formation_validation=False)
cdk.Validations.of(app).add_plugins(CloudFormationValidate())
raise SystemExit("a mistake of the app")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "a mistake of the app\n")


def test_cloudformation_validate_second_synth_is_validated(app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(CloudFormationValidate())
    stack = cdk.Stack(app, "Stack")
    cdk.CfnResource(stack, "Unknown", type="AWS::S3::Bucket", properties={"Nope": 1})
    for _ in range(2):
        with pytest.raises(RuntimeError, match="F3002"):
            app.synth(force=True)
