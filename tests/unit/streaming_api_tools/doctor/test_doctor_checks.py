"""The doctor's checks both ways, on an account that is described by values instead of being asked."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import exceptions, xform_name

from streaming_api_tools.doctor.checks import MODEL_CHECKS, REQUIREMENTS, DeploymentPlan, examine
from streaming_api_tools.doctor.findings import RequirementResult, refused
from streaming_api_tools.doctor.quotas import STAGE_BURST, STAGE_RATE
from tests.unit.streaming_api_tools.doctor.doctor_missing import MISSING, client_error
from tests.unit.streaming_api_tools.doctor.fake_aws import BURST, RATE, FakeAws
from tests.unit.streaming_api_tools.doctor.test_streams import stage

CHECKS = (*REQUIREMENTS["deploy"], *MODEL_CHECKS)
PROFILE = "eu.amazon.nova-lite-v1:0"
ROLE = "arn:aws:iam::123456789012:role/chat"


def assembly(folder: Path, *regions: str) -> Path:
    """Write a template whose policy allows the profile, and the model in some Regions."""
    models: list[object] = [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":bedrock:{region}::foundation-model/*"]]}
        for region in regions
    ]
    own = "arn:aws:bedrock:eu-west-1:123456789012"
    profile, project = f"{own}:inference-profile/{PROFILE}", f"{own}:project/default"
    action = "bedrock:InvokeModelWithResponseStream"
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": [profile, project, *models]}]}
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    resources = {"Policy": policy, "Url": {"Type": "AWS::Lambda::Url", "Properties": {}}, **stage()}
    (folder / "Chat.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def program(path: Path, version: str) -> Path:
    """Write a program that says its version."""
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def ready(tmp_path: Path) -> DeploymentPlan:
    """Return a wish that a whole account and machine fulfil."""
    program(tmp_path / "node", "v24.1.0")
    return DeploymentPlan(
        cdk=str(program(tmp_path / "cdk", "2.1033.0")),
        model=PROFILE,
        role=ROLE,
        cdk_out=assembly(tmp_path, "eu-west-1", "eu-north-1"),
        context_file=tmp_path / "cdk.context.json",
        node=str(tmp_path / "node"),
    )


def examined(aws: FakeAws, wish: DeploymentPlan) -> dict[str, RequirementResult]:
    return {finding.check: finding for finding in examine(CHECKS, aws, wish)}


def test_doctor_complete_account_has_every_check_ok(ready: DeploymentPlan) -> None:
    findings = examined(FakeAws(), ready)
    assert list(findings) == [check.name for check in CHECKS]
    assert {finding.status.value for finding in findings.values()} == {"ok"}, findings
    assert [finding.fix for finding in findings.values()] == [""] * len(CHECKS)


def with_missing(change: dict[str, Any], wish: DeploymentPlan) -> dict[str, RequirementResult]:
    """Examine an account and a machine that lack something."""
    change = dict(change)
    for name in ("cdk", "node"):
        if version := change.pop(name, ""):
            program(Path(wish.node).with_name(name), version)
    return examined(FakeAws(**change), wish)


@pytest.mark.parametrize(
    ("change", "check", "status", "detail", "fix"), MISSING, ids=[f"{row[1]}-{row[2]}" for row in MISSING]
)
def test_doctor_missing_requirement_has_detail_and_one_command(
    ready: DeploymentPlan, change: dict[str, Any], check: str, status: str, detail: str, fix: str
) -> None:
    finding = with_missing(change, ready)[check]
    assert finding.status.value == status
    assert detail in finding.detail
    assert finding.fix.startswith(fix.format(cdk=ready.cdk)), finding.fix


def test_doctor_every_check_is_tested_both_ways() -> None:
    assert {row[1] for row in MISSING} == {check.name for check in CHECKS}


#: Commands of the AWS CLI that are no operations of an API.
CLI_COMMANDS = ("configure", "login", "sso login")
GLOBAL_OPTIONS = {"--region", "--query", "--output"}


def nested(command: str) -> list[str]:
    """Return a command and those in its ``$(...)``."""
    inner = re.findall(r"\$\((.*?)\)", command)
    return [re.sub(r"\$\(.*?\)", "inner", command), *inner]


def test_doctor_every_command_exists_with_its_options(ready: DeploymentPlan) -> None:
    for change, check, *_ in MISSING:
        for command in nested(with_missing(change, ready)[check].fix):
            program, *words = shlex.split(command)
            if program != "aws" or " ".join(words) in CLI_COMMANDS:
                assert Path(program).name in ("aws", "cdk", "npm", "pip", "export", "streaming-api"), command
                continue
            assert_exists(command)


def assert_exists(command: str) -> None:
    """Assert that the AWS CLI has a command with these options; they are those of botocore."""
    _, service, operation, *rest = shlex.split(command)
    session = botocore.session.get_session()
    model = session.get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    options = {word for word in rest if word.startswith("--")} - GLOBAL_OPTIONS
    assert options <= {f"--{xform_name(name, '-')}" for name in shape.members}, command
    assert {f"--{xform_name(name, '-')}" for name in shape.required_members} <= options, command


def test_doctor_missing_credentials_are_reported_and_the_rest_is_skipped(ready: DeploymentPlan) -> None:
    findings = examined(FakeAws(region=None, failure=exceptions.NoCredentialsError()), ready)
    statuses = {check: finding.status.value for check, finding in findings.items()}
    assert {check for check, status in statuses.items() if status == "fail"} == {"credentials", "region"}
    assert {check for check, status in statuses.items() if status == "ok"} == {"CDK command line", "Node.js"}
    assert findings["model access"].detail == "needs credentials and region"


@pytest.mark.parametrize(
    ("failure", "status", "fix"),
    [
        (exceptions.NoCredentialsError(), "fail", "aws configure"),
        (exceptions.ProfileNotFound(profile="dev"), "fail", "aws configure --profile dev"),
        (exceptions.UnauthorizedSSOTokenError(), "fail", "aws sso login"),
        (exceptions.SSOTokenLoadError(error_msg="x"), "fail", "aws sso login"),
        (client_error("ExpiredToken"), "fail", "aws login"),
        (client_error("InvalidClientTokenId"), "fail", "aws configure"),
        (client_error("AccessDeniedException"), "unknown", ""),
        (client_error("ThrottlingException"), "unknown", ""),
        (client_error("UnknownOperationException"), "skipped", ""),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "unreachable", ""),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), "unreachable", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_doctor_refused_request_is_distinguished_from_a_failed_check(
    failure: Exception, status: str, fix: str
) -> None:
    finding = refused("credentials", failure)
    assert (finding.status.value, finding.fix) == (status, fix)


def test_doctor_service_control_policy_denial_is_named() -> None:
    denied = client_error(
        "AccessDenied", "... with an explicit deny in a service control policy", "GetAccount"
    )
    assert refused("x", denied).detail == (
        "the credentials may not ask GetAccount: AccessDenied, denied by a service control policy"
    )


def test_doctor_unexpected_failure_keeps_its_traceback() -> None:
    for failure in (client_error("Brand New"), exceptions.DataNotFoundError(data_path="x")):
        with pytest.raises(type(failure)):
            refused("credentials", failure)


def test_doctor_model_destinations_are_written_once_and_keep_the_context(ready: DeploymentPlan) -> None:
    context = ready.context_file
    assert context is not None
    context.write_text('{"other": 1}')
    assert examined(FakeAws(), ready)["model destinations"].detail.endswith("cdk.context.json was written")
    key = f"streaming-api:inference-profile:region=eu-west-1:profile={PROFILE}"
    written = json.loads(context.read_text())
    assert list(written) == ["other", key]
    arn = "arn:aws:bedrock:{}::foundation-model/amazon.nova-lite-v1:0"
    assert written[key] == {"models": [arn.format("eu-north-1"), arn.format("eu-west-1")]}
    again = examined(FakeAws(), ready)["model destinations"].detail
    assert "in eu-north-1, eu-west-1, which no service control policy may deny" in again
    assert again.endswith("is up to date")


def test_doctor_check_without_subject_is_skipped_by_name(ready: DeploymentPlan, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    wish = replace(ready, model="amazon.nova-lite-v1:0", role="", cdk="cdk", cdk_out=empty)
    found = examined(FakeAws(caller="arn:aws:iam::123456789012:root"), wish)
    skipped = {check: each.detail for check, each in found.items() if each.status.value == "skipped"}
    assert skipped == {
        "deploy permission": "the caller is the root user, whom no policy binds",
        "model destinations": "a foundation model is called in this Region only",
        "concurrent streams": f"{empty} has no throttled stage with streaming methods; run: cdk synth",
        "function URLs": f"{empty} has no function URL; run: cdk synth",
        "model policy": f"{empty} has no templates; run: cdk synth",
        "model permission": "pass --role with the ARN of the function's role",
        "model project": "pass --role with the ARN of the function's role",
    }
    gone = examined(FakeAws(caller="arn:aws:sts::123456789012:assumed-role/Gone/me"), ready)
    assert gone["deploy permission"].detail == "IAM has no role Gone"


def test_doctor_session_is_simulated_as_its_role_with_path(ready: DeploymentPlan) -> None:
    aws = FakeAws()
    examined(aws, ready)
    assert "arn:aws:iam::123456789012:role/of/sso/Admin" in aws.asked


def test_doctor_api_gateway_quotas_take_the_lower_value(ready: DeploymentPlan) -> None:
    """Service Quotas says 10,000 also in Regions where 2,500 are in force: the lower one counts."""
    low = {"rateLimit": 2500.0, "burstLimit": 1250}
    found = [examined(FakeAws(in_force=each), ready)["API Gateway quotas"] for each in ({}, low)]
    assert [finding.status.value for finding in found] == ["ok", "ok"]
    assert found[0].detail == "10000 requests a second and 5000 at once, for all APIs of the account"
    assert found[1].detail == "2500 requests a second and 1250 at once, for all APIs of the account"


@pytest.mark.parametrize("code", [RATE, BURST])
def test_doctor_unknown_quota_is_skipped_by_name(ready: DeploymentPlan, code: str) -> None:
    throttle = {each: 1000.0 for each in (RATE, BURST) if each != code}
    finding = examined(FakeAws(throttle=throttle), ready)["API Gateway quotas"]
    assert finding.status.value == "skipped"
    assert finding.detail == f"Service Quotas has no {code} of apigateway in eu-west-1"


def test_doctor_quota_floor_equals_default_throttling_of_the_stage() -> None:
    """The defaults of the construct, which the tools cannot import."""
    construct = (Path(__file__).parents[4] / "cdk_streaming_api" / "_streaming_api.py").read_text()
    assert f"throttling_rate_limit: float = {STAGE_RATE}," in construct
    assert f"throttling_burst_limit: int = {STAGE_BURST}," in construct


def test_doctor_without_logging_stack_prints_aws_cli_commands(ready: DeploymentPlan) -> None:
    fix = with_missing({"role": None}, replace(ready, logging_stack=False))["logging role"].fix
    create, attach, update = fix.split(" && ")
    assert create.startswith("aws iam create-role --role-name ApiGatewayLogs --assume-role-policy-document ")
    assert json.loads(shlex.split(create)[-1])["Statement"][0]["Action"] == "sts:AssumeRole"
    assert attach.endswith("arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    assert update.endswith("path=/cloudwatchRoleArn,value=arn:aws:iam::123456789012:role/ApiGatewayLogs")
    for command in (create, attach, update):
        assert_exists(command)


def test_doctor_named_project_is_looked_for_in_templates_and_role(ready: DeploymentPlan) -> None:
    named = "arn:aws:bedrock:eu-west-1:123456789012:project/proj_1"
    for project in ("proj_1", named):
        found = examined(FakeAws(), replace(ready, project=project))["model project"]
        assert found.detail.startswith(f"the synthesized policy does not allow {named}")
        assert found.fix.endswith(" synth")
    role = FakeAws(decision="implicitDeny", decided=named)
    found = examined(role, replace(ready, project="proj_1", cdk_out=Path("nowhere")))["model project"]
    assert f"implicitDeny for bedrock:InvokeModelWithResponseStream on {named}" in found.detail
    assert "--project proj_1)" in found.fix
