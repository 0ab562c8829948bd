"""``streaming-api smoke``: the command line of the tester."""

from __future__ import annotations

import json
import secrets

import click
from rich.console import Console

from ..options import RouteUrl, calling_an_api, find_signer
from .cadence import Limits
from .challenge import GAP_RANGE_MS, GAPS, LEAST_GAPS, LONGEST_GAP_MS, MOST_GAPS
from .classify import Finding
from .report import cells, conclude_for_people, document, rows
from .runs import Plan, Target, make_runs
from .series import conclude
from .verdicts import NOT_RUN, OUTCOMES

DEFAULTS = Limits()


class WrongUsage(click.UsageError):
    """Wrong usage that is not taken for an inconclusive test: it ends with 3 instead of click's 2."""

    exit_code = NOT_RUN


class SmokeCommand(click.Command):
    """A command with exit codes of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as failure:
            raise WrongUsage(failure.format_message(), ctx) from failure


def check_range(ctx: click.Context, param: click.Parameter, bounds: tuple[int, int]) -> tuple[int, int]:
    """Refuse a range of gaps without a choice: the schedule would be known."""
    if bounds[0] >= bounds[1]:
        raise click.BadParameter(f"{bounds[0]} is not less than {bounds[1]}")
    return bounds


@click.command(cls=SmokeCommand)
@click.argument("url", type=RouteUrl("probe"))
@click.option(
    "--runs",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="Runs of about four seconds; with 95 % confidence 20 find a fault of 15 %, 60 one of 5 %.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="Try the first run again for so long while the API cannot be reached: 120 after a deploy.",
)
@calling_an_api
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option("--seed", type=int, help="Draw the same schedules as an earlier run.  [default: random]")
@click.option(
    "--gaps",
    type=click.IntRange(LEAST_GAPS, MOST_GAPS),
    default=GAPS,
    show_default=True,
    help="Gaps of one run.",
)
@click.option(
    "--gap-ms",
    type=(click.IntRange(0, LONGEST_GAP_MS), click.IntRange(0, LONGEST_GAP_MS)),
    default=GAP_RANGE_MS,
    show_default=True,
    metavar="MIN MAX",
    callback=check_range,
    help="Range of the gaps in milliseconds.",
)
@click.option(
    "--hold-p95-ms",
    type=click.FloatRange(0),
    default=DEFAULTS.hold_p95_ms,
    show_default=True,
    help="How late 95 % of the events may be.",
)
@click.option(
    "--hold-max-ms",
    type=click.FloatRange(0),
    default=DEFAULTS.hold_max_ms,
    show_default=True,
    help="How late any event may be.",
)
@click.pass_context
def smoke(
    ctx: click.Context,
    url: str,
    runs: int,
    wait: float,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    as_json: bool,
    seed: int | None,
    gaps: int,
    gap_ms: tuple[int, int],
    hold_p95_ms: float,
    hold_max_ms: float,
) -> None:
    """Prove that the API at URL streams, or say what it does instead.

    URL is the probe route; to the URL of a stage, with / at its end, "probe" is added. Each run asks the
    route to write events with random gaps between them. They must arrive as they were written: what
    collects them on the way, at the end or at intervals, cannot know the schedule.

    \b
    Exit codes:
      0  STREAMING
      1  BUFFERED, BATCHED, STALLED, TRUNCATED, BAD_FRAME or SERVER_ERROR
      2  INCONCLUSIVE or THROTTLED
      3  could not run: AUTH, UNREACHABLE or wrong usage

    \b
    Examples:
      streaming-api smoke https://abc123.execute-api.eu-west-1.amazonaws.com/prod/
      streaming-api smoke --runs 20 --json http://127.0.0.1:8080/prod/probe
    """  # noqa: D301 - click looks for the character
    target = Target(url, headers, find_signer(url, auth, region, headers))
    limits = Limits(hold_p95_ms=hold_p95_ms, hold_max_ms=hold_max_ms)
    plan = Plan(runs, secrets.randbits(32) if seed is None else seed, gaps, gap_ms, limits)
    made = []
    console = Console(quiet=as_json)
    with rows(console) as table:
        for challenge, finding in make_runs(target, plan, wait, _say_waiting):
            made.append((challenge, finding))
            table.add(cells(len(made), challenge, finding))
    conclusion = conclude([finding for _, finding in made], limits)
    if as_json:
        click.echo(json.dumps(document(target, plan, made, conclusion)))
    else:
        conclude_for_people(console, conclusion)
    ctx.exit(OUTCOMES[conclusion.verdict].exit_code)


def _say_waiting(finding: Finding, left: float) -> None:
    click.echo(f"waiting up to {left:.0f} s more: {finding.verdict.value}, {finding.evidence[0]}", err=True)
