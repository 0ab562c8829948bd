"""The doctor's checks both ways, on an account that is described by values instead of being asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions

from streaming_api_tools.doctor.checks import BOOTSTRAP_PARAMETER, MODEL_CHECKS, REQUIREMENTS, Wish, examine
from streaming_api_tools.doctor.findings import Doubtful, refused
from streaming_api_tools.doctor.versions import cdk, judge, node

#: Those that ask the account; the versions on this machine are another matter.
CHECKS = tuple(check for check in REQUIREMENTS["deploy"] if check.name not in ("CDK command line", "Node.js"))


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
        form = "arn:aws:bedrock:{}::foundation-model/amazon.nova-lite-v1:0"
        return {"models": [{"modelArn": form.format(region)} for region in self.regions]}

    def get_parameters(self, *, Names: list[str]) -> dict[str, list[dict[str, str]]]:
        self.asked.append("GetParameters")
        assert Names == [BOOTSTRAP_PARAMETER]
        return {"Parameters": [{"Value": self.bootstrap}] if self.bootstrap else []}

    def get_account(self) -> dict[str, object]:
        self.asked.append("GetAccount")
        return {"cloudwatchRoleArn": self.role} if self.role else {}


def statuses(aws: FakeAws) -> dict[str, str]:
    return {finding.check: finding.status.value for finding in examine(CHECKS, aws, Wish())}


def fixes(aws: FakeAws, cdk: str = "cdk") -> list[str]:
    return [finding.fix for finding in examine(CHECKS, aws, Wish(cdk=cdk)) if finding.fix]


def test_an_account_that_is_ready_has_no_fix() -> None:
    assert set(statuses(FakeAws()).values()) == {"ok"}
    assert fixes(FakeAws()) == []


@pytest.mark.parametrize("bootstrap", [None, "5"])
def test_an_account_without_a_modern_bootstrap_gets_the_command_for_it(bootstrap: str | None) -> None:
    aws = FakeAws(bootstrap=bootstrap)
    assert statuses(aws)["bootstrap"] == "fail"
    assert fixes(aws) == ["cdk bootstrap aws://123456789012/eu-west-1"]


def test_an_account_that_cannot_write_access_logs_gets_the_opt_in_stack() -> None:
    aws = FakeAws(role=None)
    assert statuses(aws)["logging role"] == "fail"
    assert fixes(aws, "npx cdk") == ["npx cdk deploy ApiGatewayAccountLogging -c account_logging_role=true"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    assert len(fixes(FakeAws(role=None, bootstrap=None))) == 2
    aws = FakeAws(region=None, failure=exceptions.NoCredentialsError())
    assert statuses(aws) == {
        "credentials": "fail",
        "region": "fail",
        "bootstrap": "skipped",
        "logging role": "skipped",
        "deploy permission": "skipped",
        "Lambda concurrency": "skipped",
    }
    assert fixes(aws) == ["aws configure", "export AWS_REGION=us-east-1"]
    assert aws.asked == ["GetCallerIdentity"] * 2


def client_error(code: str) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code}}, "GetCallerIdentity")


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
        (client_error("UnknownOperationException"), "skipped", ""),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "unreachable", ""),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), "unreachable", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_to_ask_is_told_from_a_failed_check(failure: Exception, status: str, fix: str) -> None:
    finding = refused("credentials", failure)
    assert (finding.status.value, finding.fix) == (status, fix)


def test_a_failure_that_nobody_expects_keeps_its_traceback() -> None:
    for failure in (client_error("Brand New"), exceptions.DataNotFoundError(data_path="x")):
        with pytest.raises(type(failure)):
            refused("credentials", failure)


def not_available(axis: str) -> dict[str, Any]:
    return {"availability": {axis: "NOT_AVAILABLE"}}


PROFILE = "eu.amazon.nova-lite-v1:0"
ROLE = "arn:aws:iam::123456789012:role/chat"


def of_model(aws: FakeAws, wish: Wish) -> dict[str, tuple[str, str]]:
    """Return status and detail of each check of a model."""
    findings = examine((*CHECKS[:2], *MODEL_CHECKS), aws, wish)[2:]
    return {finding.check: (finding.status.value, finding.detail) for finding in findings}


def assembly(tmp_path: Path, *regions: str) -> Path:
    """Write a template whose policy allows the profile, and the model in some Regions."""
    models: list[object] = [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":bedrock:{region}::foundation-model/*"]]}
        for region in regions
    ]
    profile = f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{PROFILE}"
    action = "bedrock:InvokeModelWithResponseStream"
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": [profile, *models]}]}
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    template = tmp_path / "Chat.template.json"
    template.write_text(json.dumps({"Resources": {"Policy": policy}}))
    return tmp_path


def test_a_model_that_is_ready_is_ok_and_its_destinations_are_written_once(tmp_path: Path) -> None:
    context = tmp_path / "cdk.context.json"
    context.write_text('{"other": 1}')
    wish = Wish(model=PROFILE, role=ROLE, context_file=context)
    wish = replace(wish, cdk_out=assembly(tmp_path, "eu-west-1", "eu-north-1"))
    found = of_model(FakeAws(), wish)
    assert {status for status, _ in found.values()} == {"ok"}, found
    assert found["model destinations"][1].endswith("cdk.context.json was written")
    key = f"streaming-api:inference-profile:region=eu-west-1:profile={PROFILE}"
    written = json.loads(context.read_text())
    assert list(written) == ["other", key]
    assert len(written[key]["models"]) == 2
    again = of_model(FakeAws(), wish)
    assert again["model destinations"][1].endswith("says the same")


@pytest.mark.parametrize(
    ("change", "check", "status", "detail"),
    [
        (not_available("authorizationStatus"), "model access", "fail", "authorization"),
        (not_available("entitlementAvailability"), "model access", "fail", "entitlement"),
        (not_available("regionAvailability"), "model access", "fail", "region"),
        (
            {"availability": {"agreementAvailability": {"status": "PENDING"}}},
            "model access",
            "fail",
            "the agreement for amazon.nova-lite-v1:0 is PENDING",
        ),
        ({"details": {"responseStreamingSupported": False}}, "model lifecycle", "fail", "does not stream"),
        (
            {
                "details": {
                    "modelLifecycle": {
                        "status": "LEGACY",
                        "endOfLifeTime": datetime(2027, 1, 8, tzinfo=timezone.utc),
                    }
                }
            },
            "model lifecycle",
            "warn",
            "is LEGACY and ends on 2027-01-08",
        ),
        ({"regions": ("eu-west-1", "eu-south-2")}, "model policy", "fail", "eu-south-2::foundation-model"),
        ({"decision": "implicitDeny"}, "model permission", "fail", "chat: implicitDeny for bedrock:"),
        (
            {"decision": "explicitDeny", "by_organization": False},
            "model permission",
            "fail",
            "denied by a service control policy",
        ),
        ({"quota": 0.0}, "model quotas", "warn", "the quota is 0"),
    ],
)
def test_a_model_that_is_not_ready_says_what_is_missing(
    tmp_path: Path, change: dict[str, Any], check: str, status: str, detail: str
) -> None:
    wish = Wish(model=PROFILE, role=ROLE, cdk_out=assembly(tmp_path, "eu-west-1", "eu-north-1"))
    found = of_model(FakeAws(**change), wish)[check]
    assert found[0] == status
    assert detail in found[1]


def test_what_there_is_nothing_to_ask_about_is_skipped_by_name(tmp_path: Path) -> None:
    found = of_model(FakeAws(), Wish(model="amazon.nova-lite-v1:0", cdk_out=tmp_path))
    skipped = {check: detail for check, (status, detail) in found.items() if status == "skipped"}
    assert skipped == {
        "model destinations": "a foundation model is called in this Region only",
        "model policy": f"{tmp_path} has no templates; run: cdk synth",
        "model permission": "pass --role with the ARN of the function's role",
    }


def test_few_concurrent_executions_and_a_caller_who_may_not_deploy_are_warnings() -> None:
    assert statuses(FakeAws(concurrency=10))["Lambda concurrency"] == "warn"
    aws = FakeAws(decision="implicitDeny")
    assert statuses(aws)["deploy permission"] == "warn"
    assert "arn:aws:iam::123456789012:role/Admin" in aws.asked
    root = FakeAws(caller="arn:aws:iam::123456789012:root")
    assert statuses(root)["deploy permission"] == "skipped"


@pytest.mark.parametrize("version", ["2.999.1", "1.204.0", ""])
def test_an_old_version_is_doubtful(version: str) -> None:
    with pytest.raises(Doubtful, match=r"needs 2\.1000 or later"):
        judge(version, (2, 1000), "npm install")


def test_the_versions_on_this_machine_are_asked_for(tmp_path: Path) -> None:
    script = tmp_path / "cdk"
    script.write_text("#!/bin/sh\necho 2.1033.0\n")
    script.chmod(0o755)
    assert cdk(str(script)) == "2.1033.0"
    with pytest.raises(Doubtful, match="is not there"):
        cdk("/nowhere/cdk")
    assert int(node().split(".")[0]) >= 20
