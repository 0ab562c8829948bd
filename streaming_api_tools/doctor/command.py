"""``streaming-api doctor``: asks the account whether a deployment can work, and changes nothing."""

from __future__ import annotations

import json
import re
import sys
from functools import cached_property
from pathlib import Path

import click

from ..aws import Account
from . import clients, projects, versions
from .checks import MODEL_CHECKS, REQUIREMENTS, DeploymentPlan, examine
from .findings import RequirementResult, Status
from .streams import Expected

SCHEMA_VERSION = 1
PROJECT = re.compile(r"(arn:aws[a-z-]*:bedrock:[0-9a-z-]{1,20}:\d{12}:project/)?[a-zA-Z0-9_-]+")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
#: Gravest first.
EXIT_CODES = {Status.UNREACHABLE: 3, Status.FAIL: 1}
COLOURS = {Status.OK: "green", Status.FAIL: "red", Status.UNREACHABLE: "red"}


class ConfiguredAws:
    """The account and the Region of whoever runs the command; clients are made when they are asked."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.region = account.region

    @cached_property
    def sts(self) -> clients.StsClient:
        """The STS client."""
        return self._account.client(clients.StsClient, "sts")  # type: ignore[type-abstract]

    @cached_property
    def ssm(self) -> clients.SsmClient:
        """The Systems Manager client."""
        return self._account.client(clients.SsmClient, "ssm")  # type: ignore[type-abstract]

    @cached_property
    def apigateway(self) -> clients.ApiGatewayClient:
        """The API Gateway client."""
        return self._account.client(clients.ApiGatewayClient, "apigateway")  # type: ignore[type-abstract]

    @cached_property
    def lambda_(self) -> clients.LambdaClient:
        """The Lambda client."""
        return self._account.client(clients.LambdaClient, "lambda")  # type: ignore[type-abstract]

    @cached_property
    def iam(self) -> clients.IamClient:
        """The IAM client."""
        return self._account.client(clients.IamClient, "iam")  # type: ignore[type-abstract]

    @cached_property
    def quotas(self) -> clients.ServiceQuotasClient:
        """The Service Quotas client."""
        return self._account.client(clients.ServiceQuotasClient, "service-quotas")  # type: ignore[type-abstract]

    @cached_property
    def bedrock(self) -> clients.BedrockClient:
        """The Bedrock client, of the control plane."""
        return self._account.client(clients.BedrockClient, "bedrock")  # type: ignore[type-abstract]


def check_project(ctx: click.Context, param: click.Parameter, project: str) -> str:
    """Refuse what names no project."""
    if not PROJECT.fullmatch(project):
        raise click.BadParameter(
            f"{project!r} is neither an id nor the ARN of a project, like proj_a1b2c3d4e5"
        )
    return project


def check_role(ctx: click.Context, param: click.Parameter, arn: str) -> str:
    """Refuse what is not the ARN of a role, about which IAM returns less."""
    if arn and not ROLE.fullmatch(arn):
        raise click.BadParameter(f"{arn!r} is not the ARN of a role, as arn:aws:iam::123456789012:role/chat")
    return arn


@click.command()
@click.option(
    "--stack-requirements",
    type=click.Choice(sorted(REQUIREMENTS)),
    default="deploy",
    show_default=True,
    help="What the account is to be ready for.",
)
@click.option(
    "--cdk",
    default="cdk",
    show_default=True,
    metavar="COMMAND",
    help="How the CDK command line is started, for the commands that fix.",
)
@click.option("--model", default="", metavar="ID", help="Model id, profile id or ARN that is to be called.")
@click.option(
    "--role", default="", metavar="ARN", callback=check_role, help="Role of the function, to be simulated."
)
@click.option(
    "--project",
    default=projects.DEFAULT,
    show_default=True,
    metavar="ID",
    callback=check_project,
    help="Project, by id or ARN, that the calls of the model belong to.",
)
@click.option(
    "--app",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    metavar="DIRECTORY",
    help="Where cdk.json is; gets the destinations in cdk.context.json.  [default: .]",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    metavar="R",
    help="Requests a second that are expected, for the prediction.  [default: the stage's throttle]",
)
@click.option(
    "--stream-seconds",
    type=click.FloatRange(0, 900, min_open=True),
    metavar="S",
    help="Their mean length.  [default: the longest stream]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(
    ctx: click.Context,
    stack_requirements: str,
    cdk: str,
    model: str,
    role: str,
    project: str,
    app: Path,
    rate: float | None,
    stream_seconds: float | None,
    as_json: bool,
) -> None:
    """Check what a deployment needs, before any change, and name the command that fixes what is missing.

    Only asks, with one exception: the destinations of the inference profile that --model names are written
    to cdk.context.json beside cdk.json, where the next synth reads them.

    \b
    Exit codes:
      0  nothing failed
      1  a check failed
      3  AWS could not be reached

    \b
    Examples:
      streaming-api doctor
      streaming-api doctor --rate 5 --stream-seconds 20
      streaming-api doctor --model us.amazon.nova-2-lite-v1:0
      streaming-api doctor --model amazon.nova-lite-v1:0 --role arn:aws:iam::123456789012:role/chat --json
    """  # noqa: D301 - click looks for the character
    context_file = app / "cdk.context.json" if (app / "cdk.json").exists() else None
    plan = DeploymentPlan(
        cdk,
        model,
        role,
        app / "cdk.out",
        context_file,
        versions.find_node(app),
        has_logging_stack(app),
        project,
        Expected(rate, stream_seconds),
    )
    checks = REQUIREMENTS[stack_requirements] + (MODEL_CHECKS if model else ())
    with Account() as account:
        findings = examine(checks, ConfiguredAws(account), plan)
    code = next((EXIT_CODES[s] for s in EXIT_CODES if s in {finding.status for finding in findings}), 0)
    if as_json:
        lines = [vars(finding) | {"status": finding.status.value} for finding in findings]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "ok": code == 0, "checks": lines}))
    else:
        for finding in findings:
            show(finding)
    ctx.exit(code)


def has_logging_stack(app: Path) -> bool:
    """Tell whether the app is the reference deployment, which has a stack for what an account needs once."""
    return (app / "stacks" / "account_logging_stack.py").exists()


def show(finding: RequirementResult) -> None:
    """Print the line of a check, and the line with the command that fixes it."""
    status = click.style(f"{finding.status.value:<11}", fg=COLOURS.get(finding.status, "yellow"))
    # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
    click.echo(f"{status}  {finding.check}: {finding.detail}", file=sys.stdout)
    if finding.fix:
        click.echo(f"{'':13}run: {finding.fix}")
