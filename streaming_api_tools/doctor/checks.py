"""Checks what a deployment needs, by a table. A check reads from AWS and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from ..scale.limits import CONCURRENCY
from . import function_urls, identity, models, projects, quotas, versions
from .clients import Aws
from .findings import CheckWarning, RequirementFailed, RequirementResult, Skipped, Status, refused
from .streams import WORST, Expected, compare

#: What `cdk bootstrap` must have reached for the deploy of an app of CDK v2: the first version of the modern
#: template. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
LEAST_BOOTSTRAP = 6
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
LOGGING_STACK = "ApiGatewayAccountLogging -c account_logging_role=true"
#: The role of an account whose app has no such stack.
LOGGING_ROLE = "ApiGatewayLogs"


@dataclass(frozen=True)
class DeploymentPlan:
    """The planned deployment, and its tools.

    :param cdk: the command that starts the CDK command line
    :param model: the model id, profile id or ARN that the function calls
    :param role: the ARN of the function's role
    :param cdk_out: the cloud assembly, to be compared
    :param node: the path of Node.js; empty for none
    :param logging_stack: whether the app has the stack with the role that API Gateway logs with
    :param context_file: gets the destinations of a profile. Default: - they are not written
    :param project: id or ARN of the project that the calls belong to. Default: the account's own
    :param expected: the traffic of which the streams at once are predicted
    """

    cdk: str = "cdk"
    model: str = ""
    role: str = ""
    cdk_out: Path = Path("cdk.out")
    context_file: Path | None = None
    node: str = ""
    logging_stack: bool = True
    project: str = projects.DEFAULT
    expected: Expected = WORST


#: Concurrent executions below which streams soon wait for each other: new accounts begin with 10.
LEAST_CONCURRENCY = 100


def credentials(aws: Aws, plan: DeploymentPlan) -> str:
    """Ask STS for the caller identity, which needs no permission."""
    return f"account {aws.sts.get_caller_identity()['Account']}"


def region(aws: Aws, plan: DeploymentPlan) -> str:
    """Look for a configured Region; without one the CDK would take us-east-1."""
    if not aws.region:
        raise RequirementFailed("no Region is configured", "export AWS_REGION=us-east-1")
    return aws.region


def bootstrap(aws: Aws, plan: DeploymentPlan) -> str:
    """Look for the version that `cdk bootstrap` leaves in the Region."""
    fix = f"{plan.cdk} bootstrap aws://{aws.sts.get_caller_identity()['Account']}/{aws.region}"
    found = aws.ssm.get_parameters(Names=[BOOTSTRAP_PARAMETER])["Parameters"]
    if not found:
        raise RequirementFailed(f"the CDK is not bootstrapped in {aws.region}", fix)
    version = int(found[0]["Value"])
    if version < LEAST_BOOTSTRAP:
        raise RequirementFailed(f"the CDK bootstrap is of version {version}, needs {LEAST_BOOTSTRAP}", fix)
    return f"version {version}"


def logging_role(aws: Aws, plan: DeploymentPlan) -> str:
    """Look for the role with which API Gateway writes access logs.

    It is one setting for account and Region, and a stage with an access log cannot be deployed without it:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if not aws.apigateway.get_account().get("cloudwatchRoleArn"):
        raise RequirementFailed(
            f"API Gateway has no CloudWatch role in {aws.region}, an access log would fail the deploy",
            f"{plan.cdk} deploy {LOGGING_STACK}" if plan.logging_stack else _logging_commands(aws),
        )
    return "set"


def _logging_commands(aws: Aws) -> str:
    """Return the commands that make the role without the CDK, as the same page describes them."""
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


def concurrency(aws: Aws, plan: DeploymentPlan) -> str:
    """Look at the concurrency: a stream holds one environment for as long as it takes."""
    limits = aws.lambda_.get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    if free < LEAST_CONCURRENCY:
        raise CheckWarning(
            f"{free} concurrent executions are left for functions without a reservation: as many streams",
            quotas.INCREASE.format(service="lambda", code=CONCURRENCY, value=1000),
        )
    return f"{free} streams at a time"


def streams(aws: Aws, plan: DeploymentPlan) -> str:
    """Compare the streams that the stages of the assembly let in with the concurrency."""
    limits = aws.lambda_.get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"]
    try:
        return compare(free, plan.cdk_out, plan.cdk, plan.expected)
    except ValueError as failure:
        raise Skipped(
            f"a template in {plan.cdk_out} cannot be read: {failure}; run: {plan.cdk} synth"
        ) from None


def deploy_permission(aws: Aws, plan: DeploymentPlan) -> str:
    """Ask IAM whether the caller may take on the role that `cdk deploy` deploys with."""
    caller = aws.sts.get_caller_identity()
    account, arn = caller["Account"], identity.principal(aws, caller["Arn"])
    partition = arn.split(":")[1]
    role = f"arn:{partition}:iam::{account}:role/cdk-hnb659fds-deploy-role-{account}-{aws.region}"
    found = aws.iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["sts:AssumeRole"], ResourceArns=[role]
    )["EvaluationResults"]
    if denied := identity.denials(found):
        raise CheckWarning(
            f"{arn.rpartition('/')[2]} may not take on the deploy role: {denied[0]}",
            identity.allow(arn, "cdk-deploy", ["sts:AssumeRole"], role),
        )
    return "may take on the deploy role"


def urls(aws: Aws, plan: DeploymentPlan) -> str:
    """Look whether the Region has the function URLs of the assembly."""
    try:
        return function_urls.available(str(aws.region), plan.cdk_out, plan.cdk)
    except ValueError as failure:
        raise Skipped(
            f"a template in {plan.cdk_out} cannot be read: {failure}; run: {plan.cdk} synth"
        ) from None


@dataclass(frozen=True)
class Requirement:
    """One requirement: a line of the report.

    :param ask: returns a summary when the requirement is met, raises :class:`RequirementFailed` otherwise
    :param needs: requirements that must be met before this one can be checked
    """

    name: str
    ask: Callable[[Aws, DeploymentPlan], str]
    needs: frozenset[str] = frozenset()


CREDENTIALS = Requirement("credentials", credentials)
REGION = Requirement("region", region)
IN_REGION = frozenset({CREDENTIALS.name, REGION.name})

#: Purpose -> its requirements, in order.
REQUIREMENTS: Mapping[str, tuple[Requirement, ...]] = {
    "deploy": (
        CREDENTIALS,
        REGION,
        Requirement("bootstrap", bootstrap, IN_REGION),
        Requirement("logging role", logging_role, IN_REGION),
        Requirement("deploy permission", deploy_permission, IN_REGION),
        Requirement("Lambda concurrency", concurrency, IN_REGION),
        Requirement("concurrent streams", streams, IN_REGION),
        Requirement("function URLs", urls, IN_REGION),
        Requirement("API Gateway quotas", lambda aws, plan: quotas.gateway(aws), IN_REGION),
        Requirement("CDK command line", lambda aws, plan: versions.cdk(plan.cdk, plan.cdk_out)),
        Requirement("Node.js", lambda aws, plan: versions.node(plan.node)),
    ),
}
#: The checks of a model, which are made when one is named.
MODEL_CHECKS = (
    Requirement("model access", lambda aws, plan: models.access(aws, plan.model), IN_REGION),
    Requirement("model lifecycle", lambda aws, plan: models.lifecycle(aws, plan.model), IN_REGION),
    Requirement(
        "model destinations",
        lambda aws, plan: models.destinations(aws, plan.model, plan.context_file),
        IN_REGION,
    ),
    Requirement(
        "model policy", lambda aws, plan: models.policy(aws, plan.model, plan.cdk, plan.cdk_out), IN_REGION
    ),
    Requirement(
        "model permission", lambda aws, plan: models.permission(aws, plan.model, plan.role), IN_REGION
    ),
    Requirement(
        "model project",
        lambda aws, plan: projects.permission(
            aws, plan.model, plan.project, plan.role, plan.cdk, plan.cdk_out
        ),
        IN_REGION,
    ),
    Requirement(
        "model quotas", lambda aws, plan: quotas.of_model(aws, models.name_of(aws, plan.model)), IN_REGION
    ),
)


def examine(checks: tuple[Requirement, ...], aws: Aws, plan: DeploymentPlan) -> list[RequirementResult]:
    """Check the requirements in order."""
    findings: list[RequirementResult] = []
    for check in checks:
        missing = check.needs - {finding.check for finding in findings if finding.status is Status.OK}
        if missing:
            needed = " and ".join(sorted(missing))
            findings.append(RequirementResult(check.name, Status.SKIPPED, f"needs {needed}"))
            continue
        findings.append(_ask(check, aws, plan))
    return findings


def _ask(check: Requirement, aws: Aws, plan: DeploymentPlan) -> RequirementResult:
    try:
        return RequirementResult(check.name, Status.OK, check.ask(aws, plan))
    except Skipped as reason:
        return RequirementResult(check.name, Status.SKIPPED, str(reason))
    except RequirementFailed as failure:
        status = Status.WARN if isinstance(failure, CheckWarning) else Status.FAIL
        return RequirementResult(check.name, status, str(failure), failure.fix)
    except (BotoCoreError, ClientError) as failure:
        return refused(check.name, failure)
