"""``streaming-api doctor``: asks the account whether a deployment can work, and changes nothing."""

from __future__ import annotations

import json
from functools import cached_property
from typing import cast

import click
from botocore.config import Config
from botocore.session import Session

from ..aws import configured_region
from .checks import REQUIREMENTS, ApiGateway, Ssm, Sts, examine
from .findings import Finding, Status

SCHEMA_VERSION = 1
#: STS answers in any Region; asked where none is configured, so that both can be said at once.
ANY_REGION = "us-east-1"
#: Seconds and attempts: a preflight that says soon that it cannot reach AWS.
PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 2})
#: Gravest first.
EXIT_CODES = {Status.UNREACHABLE: 3, Status.FAIL: 1}
COLOURS = {Status.OK: "green", Status.FAIL: "red", Status.UNREACHABLE: "red"}


class ConfiguredAws:
    """The account and the Region of whoever runs the command; clients are made when they are asked."""

    @cached_property
    def _session(self) -> Session:
        return Session()

    @cached_property
    def region(self) -> str | None:
        """The Region that a deploy would go to."""
        return configured_region(self._session)

    @cached_property
    def sts(self) -> Sts:
        """The STS client."""
        return cast(Sts, self._client("sts"))

    @cached_property
    def ssm(self) -> Ssm:
        """The Systems Manager client."""
        return cast(Ssm, self._client("ssm"))

    @cached_property
    def apigateway(self) -> ApiGateway:
        """The API Gateway client."""
        return cast(ApiGateway, self._client("apigateway"))

    def _client(self, service: str) -> object:
        return self._session.create_client(service, region_name=self.region or ANY_REGION, config=PATIENCE)


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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(ctx: click.Context, stack_requirements: str, cdk: str, as_json: bool) -> None:
    """Check what a deployment needs, before any change, and name the command that fixes what is missing.

    Only asks: STS for the account, Systems Manager for the version of the CDK bootstrap, API Gateway for the
    role with which it writes access logs.

    \b
    Exit codes:
      0  nothing failed
      1  a check failed
      3  AWS could not be reached
    """  # noqa: D301 - click looks for the character
    findings = examine(REQUIREMENTS[stack_requirements], ConfiguredAws(), cdk)
    code = next((EXIT_CODES[s] for s in EXIT_CODES if s in {finding.status for finding in findings}), 0)
    if as_json:
        lines = [vars(finding) | {"status": finding.status.value} for finding in findings]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "ok": code == 0, "checks": lines}))
    else:
        for finding in findings:
            show(finding)
    ctx.exit(code)


def show(finding: Finding) -> None:
    """Print the line of a check, and the line with the command that fixes it."""
    status = click.style(f"{finding.status.value:<11}", fg=COLOURS.get(finding.status, "yellow"))
    click.echo(f"{status}  {finding.check}: {finding.detail}")
    if finding.fix:
        click.echo(f"{'':13}run: {finding.fix}")
