"""``streaming-api smoke``: the command line of the tester."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import click
from rich.console import Console

from ..options import calling_an_api, secret_headers
from .cadence import Limits
from .challenge import GAP_RANGE_MS, GAPS, LEAST_GAPS, LONGEST_GAP_MS, MOST_GAPS
from .classify import Finding
from .diagnosis import diagnose
from .recorded import KeptTarget
from .report import cells, conclude_for_people, document, rows
from .runs import Plan, make_runs
from .series import conclude
from .subject import Access, is_target, locate
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


def check_target(ctx: click.Context, param: click.Parameter, text: str) -> str:
    """Refuse what can name nothing."""
    if not is_target(text):
        raise click.BadParameter(f"{text!r} is not an http or https URL, a stack, a function or a recording")
    return text


def read_data(ctx: click.Context, param: click.Parameter, data: str | None) -> bytes | None:
    """Return the body that ``--data`` gives, from a file where it begins with @."""
    if data is None or not data.startswith("@"):
        return data.encode() if data is not None else None
    try:
        return Path(data[1:]).read_bytes()
    except OSError as failure:
        raise click.BadParameter(f"{data[1:]}: {failure.strerror}") from failure


@click.command(cls=SmokeCommand)
@click.argument("target", callback=check_target)
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
@click.option(
    "--data",
    metavar="BODY",
    callback=read_data,
    help="Send BODY (or @FILE) instead of a schedule and judge the shape of the answer: for an endpoint that"
    " is no probe.",
)
@click.option(
    "--function",
    metavar="NAME",
    help="When the API fails, invoke this function directly and say which hop is at fault.  [default: the"
    " stack's]",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE.json",
    help="Keep the exchanges, to be judged again: smoke FILE.json.",
)
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
    target: str,
    runs: int,
    wait: float,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    data: bytes | None,
    function: str | None,
    record: Path | None,
    as_json: bool,
    seed: int | None,
    gaps: int,
    gap_ms: tuple[int, int],
    hold_p95_ms: float,
    hold_max_ms: float,
) -> None:
    """Prove that TARGET streams, or say what it does instead.

    TARGET is the URL of the probe route (to that of a stage, with / at its end, "probe" is added), the name
    of a stack, a function (name, name:alias or ARN), which is invoked without the API, or a file that
    --record wrote. Each run asks for events with random gaps between them. They must arrive as they were
    written: what collects them on the way, at the end or at intervals, cannot know the schedule.

    With --data any endpoint can be judged, with less certainty: intervals of up to 250 ms go unseen.

    \b
    Exit codes:
      0  STREAMING
      1  BUFFERED, BATCHED, STALLED, TRUNCATED, BAD_FRAME, SERVER_ERROR, STALE_DEPLOYMENT or MODEL_ACCESS
      2  INCONCLUSIVE or THROTTLED
      3  could not run: AUTH, UNREACHABLE or wrong usage

    \b
    Examples:
      streaming-api smoke https://abc123.execute-api.eu-west-1.amazonaws.com/prod/
      streaming-api smoke StreamingChat
      streaming-api smoke my-probe-function:live
      streaming-api smoke --runs 20 --json http://127.0.0.1:8080/prod/probe
      streaming-api smoke --runs 1 --data '{"prompt": "Tell me a story."}' https://example.com/chat
    """  # noqa: D301 - click looks for the character
    access = Access(auth, region, secret_headers(auth, os.environ) | headers, data, function)
    subject = locate(target, access)
    limits = Limits(hold_p95_ms=hold_p95_ms, hold_max_ms=hold_max_ms)
    count = len(subject.recorded) or runs
    drawn = secrets.randbits(32) if seed is None else seed
    plan = Plan(count, drawn, gaps, gap_ms, limits, subject.recorded, black_box=data is not None)
    if plan.black_box:
        click.echo(f"sends BODY at most {runs} times, which a model behind it would charge for", err=True)
    kept = KeptTarget(subject.target)
    made = []
    console = Console(quiet=as_json)
    with rows(console) as table:
        for challenge, finding in make_runs(kept if record else subject.target, plan, wait, _say_waiting):
            made.append((challenge, finding))
            table.add(cells(len(made), challenge, finding))
    conclusion = diagnose(subject, plan, conclude([finding for _, finding in made], limits), region)
    if record:
        kept.write(record)
    if as_json:
        click.echo(json.dumps(document(subject.target, plan, made, conclusion)))
    else:
        conclude_for_people(console, conclusion)
    ctx.exit(OUTCOMES[conclusion.verdict].exit_code)


def _say_waiting(finding: Finding, left: float) -> None:
    click.echo(f"waiting up to {left:.0f} s more: {finding.verdict.value}, {finding.evidence[0]}", err=True)
