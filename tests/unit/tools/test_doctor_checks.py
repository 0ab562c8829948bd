"""The doctor's checks both ways, on an account that is described by values instead of being asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from botocore import exceptions

from streaming_api_tools.doctor.checks import BOOTSTRAP_PARAMETER, REQUIREMENTS, examine
from streaming_api_tools.doctor.findings import refused

CHECKS = REQUIREMENTS["deploy"]


@dataclass
class FakeAws:
    """An account as the checks see it: all three clients in one."""

    region: str | None = "eu-west-1"
    role: str | None = "arn:aws:iam::123456789012:role/logs"
    bootstrap: str | None = "6"
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None

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
        return {"Account": "123456789012"}

    def get_parameters(self, *, Names: list[str]) -> dict[str, list[dict[str, str]]]:
        self.asked.append("GetParameters")
        assert Names == [BOOTSTRAP_PARAMETER]
        return {"Parameters": [{"Value": self.bootstrap}] if self.bootstrap else []}

    def get_account(self) -> dict[str, object]:
        self.asked.append("GetAccount")
        return {"cloudwatchRoleArn": self.role} if self.role else {}


def statuses(aws: FakeAws) -> dict[str, str]:
    return {finding.check: finding.status.value for finding in examine(CHECKS, aws, "cdk")}


def fixes(aws: FakeAws, cdk: str = "cdk") -> list[str]:
    return [finding.fix for finding in examine(CHECKS, aws, cdk) if finding.fix]


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
