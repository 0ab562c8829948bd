"""The pipeline: what it does in which order, with which permissions, and what of its settings is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import aws_cdk as cdk
import cdk_nag
import cfnlint.api  # type: ignore[import-untyped]
import pytest

from cdk_streaming_api import StreamingRules
from stacks.pipeline_settings import PipelineSettings, TargetEnvironment
from stacks.pipeline_stack import ASSETS_VERSION, CDK_VERSION, PipelineStack
from stacks.settings import DeploymentSettings

Resources: TypeAlias = dict[str, dict[str, Any]]

TOOLS, STAGING, PRODUCTION = "111111111111", "222222222222", "333333333333"
MEMBERS = {
    "repository": "owner/name",
    "connection_arn": f"arn:aws:codeconnections:eu-west-1:{TOOLS}:connection/0a1b",
    "tools": f"{TOOLS}/eu-west-1",
    "staging": f"{STAGING}/eu-west-1",
    "production": f"{PRODUCTION}/us-east-1",
}


def synthesized(context: dict[str, object], folder: Path, members: dict[str, str]) -> Path:
    """Synthesize the pipeline before every judge and return the folder with its assembly."""
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    settings = DeploymentSettings(model_id="amazon.nova-micro-v1:0")
    PipelineStack(
        app, "Pipeline", settings=settings, pipeline=PipelineSettings.from_context("pipeline", members)
    )
    cdk.Validations.of(app).add_plugins(
        cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app), StreamingRules()
    )
    app.synth()
    return folder


@pytest.fixture(scope="module")
def assembly(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a pipeline over three accounts and two Regions."""
    return synthesized(context, tmp_path_factory.mktemp("pipeline") / "cdk.out", MEMBERS)


def resources(template: Path) -> Resources:
    found: Resources = json.loads(template.read_text("utf-8"))["Resources"]
    return found


def of_type(template: Path, kind: str) -> list[dict[str, Any]]:
    return [it["Properties"] for it in resources(template).values() if it["Type"] == kind]


@pytest.fixture(scope="module")
def template(assembly: Path) -> Path:
    return assembly / "Pipeline.template.json"


@pytest.fixture(scope="module")
def stages(template: Path) -> list[dict[str, Any]]:
    (pipeline,) = of_type(template, "AWS::CodePipeline::Pipeline")
    assert pipeline["PipelineType"] == "V2"
    found: list[dict[str, Any]] = pipeline["Stages"]
    return found


def actions(stage: dict[str, Any]) -> list[str]:
    return [action["Name"] for action in sorted(stage["Actions"], key=lambda it: int(it["RunOrder"]))]


def test_pipeline_updates_itself_before_staging_and_production(
    stages: list[dict[str, Any]],
) -> None:
    names = [stage["Name"] for stage in stages]
    assert names == ["Source", "Build", "UpdatePipeline", "Assets", "Staging", "Production"]


def test_pipeline_staging_is_deployed_proved_then_approved(stages: list[dict[str, Any]]) -> None:
    assert actions(stages[4])[-3:] == ["StreamingChat.Deploy", "Prove_that_Staging_streams", "Approve"]
    (approval,) = [action for action in stages[4]["Actions"] if action["Name"] == "Approve"]
    assert approval["ActionTypeId"]["Category"] == "Approval"


def test_pipeline_production_is_proved_and_rolled_back_on_failure(
    stages: list[dict[str, Any]],
) -> None:
    assert actions(stages[5])[-2:] == ["StreamingChat.Deploy", "Prove_that_Production_streams"]
    assert stages[5]["OnFailure"] == {"Result": "ROLLBACK"}
    assert "Approval" not in {action["ActionTypeId"]["Category"] for action in stages[5]["Actions"]}


def test_pipeline_source_is_read_by_a_connection(stages: list[dict[str, Any]]) -> None:
    (source,) = stages[0]["Actions"]
    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"]["ConnectionArn"] == MEMBERS["connection_arn"]
    assert source["Configuration"]["FullRepositoryId"] == "owner/name"
    assert source["Configuration"]["BranchName"] == "main"


def test_pipeline_npm_packages_are_pinned(template: Path) -> None:
    text = template.read_text("utf-8")
    installs = set(re.findall(r"npm install -g ([\w@.-]+)", text))
    assert installs == {f"aws-cdk@{CDK_VERSION}", f"cdk-assets@{ASSETS_VERSION}"}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def roles_that(template: Path, action: str) -> list[tuple[str, object]]:
    found = []
    for policy in of_type(template, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if action in statement["Action"]:
                found.append((policy["PolicyName"], statement["Resource"]))
    return found


def test_pipeline_proof_may_assume_the_role_of_its_stage_only(template: Path) -> None:
    proofs = [it for it in roles_that(template, "sts:AssumeRole") if "Proof" in it[0]]
    assert [resource for _, resource in proofs] == [
        f"arn:aws:iam::{STAGING}:role/StreamingChatStagingSmoke-eu-west-1",
        f"arn:aws:iam::{PRODUCTION}:role/StreamingChatProductionSmoke-us-east-1",
    ]
    for policy in of_type(template, "AWS::IAM::Policy"):
        if "Proof" in policy["PolicyName"]:
            statements = policy["PolicyDocument"]["Statement"]
            services = {name.split(":")[0] for it in statements for name in _listed(it["Action"])}
            # its log, its report, its source with the key, and the role
            assert services == {"logs", "codebuild", "s3", "kms", "sts"}


@pytest.mark.parametrize(
    ("stage", "account", "region"),
    [("Staging", STAGING, "eu-west-1"), ("Production", PRODUCTION, "us-east-1")],
)
def test_pipeline_stage_role_may_call_the_probe_and_trusts_one_step(
    assembly: Path, stage: str, account: str, region: str
) -> None:
    (template,) = (assembly / f"assembly-Pipeline-{stage}").glob("*.template.json")
    all_of_it = resources(template)
    (role_id,) = [name for name, it in all_of_it.items() if it["Properties"].get("RoleName")]
    role = all_of_it[role_id]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": f"arn:*:iam::{TOOLS}:role/StreamingChat{stage}Smoke-{region}-step",
        }
    }
    assert f":iam::{TOOLS}:root" in json.dumps(trust["Principal"])
    policies = [
        it["Properties"]["PolicyDocument"]["Statement"]
        for it in all_of_it.values()
        if it["Type"] == "AWS::IAM::Policy" and {"Ref": role_id} in it["Properties"]["Roles"]
    ]
    ((statement,),) = policies
    assert statement["Action"] == "execute-api:Invoke"
    assert f":execute-api:{region}:{account}:" in json.dumps(statement["Resource"])
    assert json.dumps(statement["Resource"]).endswith('"/POST/probe"]]}')


def test_pipeline_step_role_has_the_name_that_the_stage_trusts(template: Path) -> None:
    names = {role["RoleName"] for role in of_type(template, "AWS::IAM::Role") if "RoleName" in role}
    assert names == {
        "StreamingChatStagingSmoke-eu-west-1-step",
        "StreamingChatProductionSmoke-us-east-1-step",
    }


def test_pipeline_deployment_settings_reach_both_stages(assembly: Path) -> None:
    templates = list(assembly.glob("assembly-*/*.template.json"))
    assert len(templates) == 2
    assert all("amazon.nova-micro-v1:0" in template.read_text("utf-8") for template in templates)


@pytest.mark.parametrize("production", [MEMBERS["production"], MEMBERS["tools"]])
def test_cdk_nag_findings_of_the_pipeline_are_acknowledged(
    context: dict[str, object], assembly: Path, tmp_path: Path, production: str
) -> None:
    if production != MEMBERS["production"]:
        everything_here = MEMBERS | {"staging": MEMBERS["tools"], "production": production}
        assembly = synthesized(context, tmp_path / "cdk.out", everything_here)
    reports = json.loads((assembly / "validation-report.json").read_text("utf-8"))["pluginReports"]
    assert [violation["ruleName"] for report in reports for violation in report["violations"]] == []
    found = [
        violation
        for report in reports
        for violation in report.get("suppressedViolations", [])
        if violation["acknowledgedId"].startswith("AwsSolutions::AwsSolutions-IAM5[Resource::arn")
    ]
    assert found
    assert all(violation["reason"] for violation in found)


def test_cfn_lint_accepts_the_pipeline(assembly: Path) -> None:
    config = cfnlint.api.ManualArgs(ignore_checks=["W3005"], regions=["eu-west-1", "us-east-1"])
    templates = list(assembly.rglob("*.template.json"))
    # the pipeline, its bucket in the other Region, and two deployments
    assert len(templates) == 4
    for template in templates:
        found = cfnlint.api.lint_file(template, config)
        # a matter of style in what the CDK generates, which cfn-lint hands on under the rule of its schema
        assert [it for it in found if not it.message.startswith("Prefer using Fn::Sub")] == []


def test_pipeline_settings_are_read_from_an_object_or_its_json() -> None:
    expected = PipelineSettings(
        repository="owner/name",
        connection_arn=MEMBERS["connection_arn"],
        tools=TargetEnvironment(TOOLS, "eu-west-1"),
        staging=TargetEnvironment(STAGING, "eu-west-1"),
        production=TargetEnvironment(PRODUCTION, "us-east-1"),
    )
    for value in (MEMBERS, json.dumps(MEMBERS)):
        assert DeploymentSettings.from_context({"pipeline": value}) == DeploymentSettings(pipeline=expected)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("true", "context 'pipeline' must be an object or its JSON, got 'true'|got True"),
        ("{", "context 'pipeline' must be an object or its JSON, got '{'"),
        ({}, "context 'pipeline' needs repository, connection_arn, tools, staging, production"),
        ({**MEMBERS, "brnch": "main"}, "context 'pipeline' has no setting 'brnch'; did you mean 'branch'\\?"),
        (
            {**MEMBERS, "repository": "name"},
            "context 'pipeline.repository' must be owner/name of a repository",
        ),
        (
            {**MEMBERS, "connection_arn": "x"},
            "context 'pipeline.connection_arn' must be the ARN of a connection",
        ),
        (
            {**MEMBERS, "staging": "eu-west-1"},
            "context 'pipeline.staging' must be an account and a Region, as 111111111111/eu-west-1, got 'eu-",
        ),
    ],
)
def test_pipeline_settings_incomplete_or_unknown_are_refused(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DeploymentSettings.from_context({"pipeline": value})
