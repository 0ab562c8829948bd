"""What a deployment needs, as a table of checks. Each takes the clients it asks, and only asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from . import identity, models, quotas, versions
from .clients import Aws
from .findings import Doubtful, Failed, Finding, NotAsked, Status, refused

#: What `cdk bootstrap` must have reached for the deploy of an app of CDK v2: the first version of the modern
#: template. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
LEAST_BOOTSTRAP = 6
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
LOGGING_STACK = "ApiGatewayAccountLogging -c account_logging_role=true"
#: The role of an account whose app has no such stack.
LOGGING_ROLE = "ApiGatewayLogs"


@dataclass(frozen=True)
class Wish:
    """What is to be deployed, and with what.

    :param cdk: how the CDK command line is started
    :param model: the model id, profile id or ARN that the function calls
    :param role: the ARN of the function's role
    :param cdk_out: the cloud assembly, to be compared
    :param node: the path of Node.js; empty for none
    :param logging_stack: whether the app has the stack with the role that API Gateway logs with
    :param context_file: gets the destinations of a profile. Default: - they are not written
    """

    cdk: str = "cdk"
    model: str = ""
    role: str = ""
    cdk_out: Path = Path("cdk.out")
    context_file: Path | None = None
    node: str = ""
    logging_stack: bool = True


#: Concurrent executions below which streams soon wait for each other: new accounts begin with 10.
LEAST_CONCURRENCY = 100


def credentials(aws: Aws, wish: Wish) -> str:
    """Ask STS who this is; it needs no permission."""
    return f"account {aws.sts.get_caller_identity()['Account']}"


def region(aws: Aws, wish: Wish) -> str:
    """Look for a configured Region; without one the CDK would take us-east-1."""
    if not aws.region:
        raise Failed("no Region is configured", "export AWS_REGION=us-east-1")
    return aws.region


def bootstrap(aws: Aws, wish: Wish) -> str:
    """Look for the version that `cdk bootstrap` leaves in the Region."""
    fix = f"{wish.cdk} bootstrap aws://{aws.sts.get_caller_identity()['Account']}/{aws.region}"
    found = aws.ssm.get_parameters(Names=[BOOTSTRAP_PARAMETER])["Parameters"]
    if not found:
        raise Failed(f"the CDK is not bootstrapped in {aws.region}", fix)
    version = int(found[0]["Value"])
    if version < LEAST_BOOTSTRAP:
        raise Failed(f"the CDK bootstrap is of version {version}, needs {LEAST_BOOTSTRAP}", fix)
    return f"version {version}"


def logging_role(aws: Aws, wish: Wish) -> str:
    """Look for the role with which API Gateway writes access logs.

    It is one setting for account and Region, and a stage with an access log cannot be deployed without it:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if not aws.apigateway.get_account().get("cloudwatchRoleArn"):
        raise Failed(
            f"API Gateway has no CloudWatch role in {aws.region}, an access log would fail the deploy",
            f"{wish.cdk} deploy {LOGGING_STACK}" if wish.logging_stack else _logging_commands(aws),
        )
    return "set"


def _logging_commands(aws: Aws) -> str:
    """Return what makes the role without the CDK, as the same page describes it."""
    caller = aws.sts.get_caller_identity()
    partition = caller["Arn"].split(":")[1]
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]}, separators=(",", ":"))
    role = f"arn:{partition}:iam::{caller['Account']}:role/{LOGGING_ROLE}"
    return (
        f"aws iam create-role --role-name {LOGGING_ROLE} --assume-role-policy-document '{document}'"
        f" && aws iam attach-role-policy --role-name {LOGGING_ROLE} --policy-arn"
        f" arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        f" && aws apigateway update-account --region {aws.region}"
        f" --patch-operations op=replace,path=/cloudwatchRoleArn,value={role}"
    )


def concurrency(aws: Aws, wish: Wish) -> str:
    """Look at the concurrency: a stream holds one environment for as long as it takes."""
    limits = aws.lambda_.get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    if free < LEAST_CONCURRENCY:
        raise Doubtful(
            f"{free} concurrent executions are left for functions without a reservation: as many streams",
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
            " --desired-value 1000",
        )
    return f"{free} streams at a time"


def deploy_permission(aws: Aws, wish: Wish) -> str:
    """Ask IAM whether the caller may take on the role that `cdk deploy` deploys with."""
    caller = aws.sts.get_caller_identity()
    account, arn = caller["Account"], identity.principal(aws, caller["Arn"])
    partition = arn.split(":")[1]
    role = f"arn:{partition}:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-{aws.region}"
    found = aws.iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["sts:AssumeRole"], ResourceArns=[role]
    )["EvaluationResults"]
    if denied := identity.denials(found):
        raise Doubtful(
            f"{arn.rpartition('/')[2]} may not take on the deploy role: {denied[0]}",
            identity.allow(arn, "cdk-deploy", ["sts:AssumeRole"], role),
        )
    return "may take on the deploy role"


@dataclass(frozen=True)
class Check:
    """One line of the report.

    :param ask: returns what it found when that is right, raises :class:`Failed` when it is not
    :param needs: checks that must have ended well before this one can ask
    """

    name: str
    ask: Callable[[Aws, Wish], str]
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
        Check("deploy permission", deploy_permission, IN_REGION),
        Check("Lambda concurrency", concurrency, IN_REGION),
        Check("API Gateway quotas", lambda aws, wish: quotas.gateway(aws), IN_REGION),
        Check("CDK command line", lambda aws, wish: versions.cdk(wish.cdk, wish.cdk_out)),
        Check("Node.js", lambda aws, wish: versions.node(wish.node)),
    ),
}
#: The checks of a model, which are made when one is named.
MODEL_CHECKS = (
    Check("model access", lambda aws, wish: models.access(aws, wish.model), IN_REGION),
    Check("model lifecycle", lambda aws, wish: models.lifecycle(aws, wish.model), IN_REGION),
    Check(
        "model destinations",
        lambda aws, wish: models.destinations(aws, wish.model, wish.context_file),
        IN_REGION,
    ),
    Check(
        "model policy", lambda aws, wish: models.policy(aws, wish.model, wish.cdk, wish.cdk_out), IN_REGION
    ),
    Check("model permission", lambda aws, wish: models.permission(aws, wish.model, wish.role), IN_REGION),
    Check("model quotas", lambda aws, wish: quotas.of_model(aws, models.name_of(aws, wish.model)), IN_REGION),
)


def examine(checks: tuple[Check, ...], aws: Aws, wish: Wish) -> list[Finding]:
    """Make the checks in order."""
    findings: list[Finding] = []
    for check in checks:
        missing = check.needs - {finding.check for finding in findings if finding.status is Status.OK}
        if missing:
            needed = " and ".join(sorted(missing))
            findings.append(Finding(check.name, Status.SKIPPED, f"needs {needed}"))
            continue
        findings.append(_ask(check, aws, wish))
    return findings


def _ask(check: Check, aws: Aws, wish: Wish) -> Finding:
    try:
        return Finding(check.name, Status.OK, check.ask(aws, wish))
    except NotAsked as reason:
        return Finding(check.name, Status.SKIPPED, str(reason))
    except Failed as failure:
        status = Status.WARN if isinstance(failure, Doubtful) else Status.FAIL
        return Finding(check.name, status, str(failure), failure.fix)
    except (BotoCoreError, ClientError) as failure:
        return refused(check.name, failure)
