"""What a deployment needs, as a table of checks. Each takes the clients it asks, and only asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from .findings import Failed, Finding, Status, refused

#: What `cdk bootstrap` must have reached for the deploy of an app of CDK v2: the first version of the modern
#: template. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
LEAST_BOOTSTRAP = 6
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
LOGGING_STACK = "ApiGatewayAccountLogging -c account_logging_role=true"


class Sts(Protocol):
    """The part of the STS client that is asked."""

    def get_caller_identity(self) -> Mapping[str, str]:
        """Return who asks."""


class Ssm(Protocol):
    """The part of the Systems Manager client that is asked."""

    def get_parameters(self, *, Names: list[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return the parameters that exist."""


class ApiGateway(Protocol):
    """The part of the API Gateway client that is asked."""

    def get_account(self) -> Mapping[str, object]:
        """Return the settings of the account in the Region."""


class Aws(Protocol):
    """The account and the Region that are looked at, and how to ask them."""

    @property
    def region(self) -> str | None: ...
    @property
    def sts(self) -> Sts: ...
    @property
    def ssm(self) -> Ssm: ...
    @property
    def apigateway(self) -> ApiGateway: ...


def credentials(aws: Aws, cdk: str) -> str:
    """Ask STS who this is; it needs no permission."""
    return f"account {aws.sts.get_caller_identity()['Account']}"


def region(aws: Aws, cdk: str) -> str:
    """Look for a configured Region; without one the CDK would take us-east-1."""
    if not aws.region:
        raise Failed("no Region is configured", "export AWS_REGION=us-east-1")
    return aws.region


def bootstrap(aws: Aws, cdk: str) -> str:
    """Look for the version that `cdk bootstrap` leaves in the Region."""
    fix = f"{cdk} bootstrap aws://{aws.sts.get_caller_identity()['Account']}/{aws.region}"
    found = aws.ssm.get_parameters(Names=[BOOTSTRAP_PARAMETER])["Parameters"]
    if not found:
        raise Failed(f"the CDK is not bootstrapped in {aws.region}", fix)
    version = int(found[0]["Value"])
    if version < LEAST_BOOTSTRAP:
        raise Failed(f"the CDK bootstrap is of version {version}, needs {LEAST_BOOTSTRAP}", fix)
    return f"version {version}"


def logging_role(aws: Aws, cdk: str) -> str:
    """Look for the role with which API Gateway writes access logs.

    It is one setting for account and Region, and a stage with an access log cannot be deployed without it:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if not aws.apigateway.get_account().get("cloudwatchRoleArn"):
        raise Failed(
            f"API Gateway has no CloudWatch role in {aws.region}, an access log would fail the deploy",
            f"{cdk} deploy {LOGGING_STACK}",
        )
    return "set"


@dataclass(frozen=True)
class Check:
    """One line of the report.

    :param ask: returns what it found when that is right, raises :class:`Failed` when it is not
    :param needs: checks that must have ended well before this one can ask
    """

    name: str
    ask: Callable[[Aws, str], str]
    needs: frozenset[str] = frozenset()


CREDENTIALS = Check("credentials", credentials)
REGION = Check("region", region)
IN_REGION = frozenset({CREDENTIALS.name, REGION.name})

#: What has requirements -> the checks, in order.
REQUIREMENTS: Mapping[str, tuple[Check, ...]] = {
    "deploy": (
        CREDENTIALS,
        REGION,
        Check("bootstrap", bootstrap, IN_REGION),
        Check("logging role", logging_role, IN_REGION),
    ),
}


def examine(checks: tuple[Check, ...], aws: Aws, cdk: str) -> list[Finding]:
    """Make the checks in order.

    :param cdk: how the CDK command line is started, for the commands that fix
    """
    findings: list[Finding] = []
    for check in checks:
        missing = check.needs - {finding.check for finding in findings if finding.status is Status.OK}
        if missing:
            needed = " and ".join(sorted(missing))
            findings.append(Finding(check.name, Status.SKIPPED, f"needs {needed}"))
            continue
        findings.append(_ask(check, aws, cdk))
    return findings


def _ask(check: Check, aws: Aws, cdk: str) -> Finding:
    try:
        return Finding(check.name, Status.OK, check.ask(aws, cdk))
    except Failed as failure:
        return Finding(check.name, Status.FAIL, str(failure), failure.fix)
    except (BotoCoreError, ClientError) as failure:
        return refused(check.name, failure)
