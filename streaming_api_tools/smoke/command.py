"""Runs ``streaming-api smoke``, the command line of the tester."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timezone

import click
from rich.console import Console

from streaming_api_templates.plural import times

from ..aws import Account
from ..checks.catalogue import CHECKS, bounds, make_checks
from ..checks.context import CheckContext
from ..checks.result import CheckResult
from ..files import write_text
from ..measure.classify import RunFinding
from ..measure.diagnosis import diagnose
from ..measure.lag import ObservedTarget
from ..measure.recorded import KeptTarget
from ..measure.runs import Plan, make_runs
from ..measure.series import Conclusion, conclude
from ..measure.subject import CallOptions, locate
from ..measure.verdicts import NOT_RUN, OUTCOMES
from ..options import HTTP_VERSION, calling_an_api, secret_headers
from ..target_options import TargetCommand, WrongUsage, check_target, read_data
from .junit import case_of, junit
from .markdown import markdown
from .options import (
    Drawing,
    Files,
    drawing_challenges,
    read_checks,
    writing_files,
)
from .report import Runs, cells, conclude_for_people, document, exit_code, rows, show_case
from .svg import svg
from .watch import WatchedTarget


@click.command(
    cls=TargetCommand,
    groups={
        "What is sent": "runs wait data seed gaps gap_ms",
        "How the API is called": "auth region headers http_version",
        "What is judged": "function checks max_model_requests origin hold_p95_ms hold_max_ms",
        "What is written": "as_json junit markdown svg record",
    },
)
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
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    help="Try the first run again for so long while it shows what a deployment may settle.  [default: until a"
    " stack was deployed two minutes ago; else 0]",
)
@calling_an_api
@HTTP_VERSION
@click.option(
    "--data",
    metavar="BODY",
    callback=read_data,
    help="Send BODY (or @FILE) instead of a schedule and judge the shape of the answer: for an endpoint that"
    " is not a probe.",
)
@click.option(
    "--function",
    metavar="NAME",
    help="When the API fails, invoke this function directly and print which hop is at fault.  [default: the"
    " stack's]",
)
@click.option(
    "--checks",
    metavar="NAMES",
    default="",
    callback=read_checks,
    help=f"Run further checks, separated by commas, or all: {', '.join(CHECKS)}.",
)
@click.option(
    "--max-model-requests",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Requests that the checks may send to a model, which are charged for.",
)
@click.option("--origin", default="", help="Origin of a page, for the check cors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@writing_files
@drawing_challenges
@click.pass_context
def smoke(
    ctx: click.Context,
    target: str,
    runs: int,
    wait: float | None,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    http_version: str,
    data: bytes | None,
    function: str | None,
    checks: tuple[str, ...],
    max_model_requests: int,
    origin: str,
    as_json: bool,
    files: Files,
    drawing: Drawing,
) -> None:
    """Prove that TARGET streams, or print what it does instead.

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
      streaming-api smoke StreamingChat --junit smoke.xml --markdown "$GITHUB_STEP_SUMMARY" --svg smoke.svg
      streaming-api smoke StreamingChat --checks all --origin https://app.example.com
      streaming-api smoke --runs 20 --json http://127.0.0.1:8080/prod/probe
      streaming-api smoke --runs 1 --data '{"prompt": "Tell me a story."}' https://example.com/chat
    """  # noqa: D301 - click looks for the character
    if checks and data is not None:
        raise WrongUsage("--checks needs the probe: leave --data out")
    sent = secret_headers(auth, os.environ) | headers
    access = CallOptions(auth, region, sent, data, function, http_version)
    subject = locate(target, access)
    if proxy := subject.target.described().get("proxy"):
        click.echo(f"the proxy {proxy} is on the way and tested as well; NO_PROXY leaves it out", err=True)
    count = len(subject.recorded) or runs
    black_box = data is not None and not subject.recorded
    plan = Plan(
        count, drawing.seed, drawing.gaps, drawing.gap_ms, drawing.limits, subject.recorded, black_box
    )
    if wait is None:
        wait = subject.stack.settling(datetime.now(timezone.utc)) if subject.stack else 0.0
    if black_box:
        most = plan.most_requests(wait) + (subject.function is not None)
        click.echo(f"sends BODY at most {times(most)}, which a model behind it would charge for", err=True)
    if checks:
        click.echo(bounds(checks, max_model_requests), err=True)
    started, begun = datetime.now(timezone.utc), time.monotonic()
    console = Console(quiet=as_json)
    kept = KeptTarget(subject.target if subject.recorded else ObservedTarget(subject.target))
    made = []
    with rows(console) as table:
        watched = WatchedTarget(kept if files.record else kept.target, table.watch)
        for challenge, finding in make_runs(watched, plan, wait, _say_waiting):
            kept.end_run()
            made.append((challenge, finding))
            table.add(cells(len(made), challenge, finding), finding)
    ran = time.monotonic()
    findings = [finding for _, finding in made]
    conclusion = diagnose(subject, plan, conclude(findings, plan.limits), region)
    cases = []
    if OUTCOMES[conclusion.verdict].exit_code != NOT_RUN:
        with Account(region) as account:
            context = CheckContext(subject, plan.limits, account, origin)
            for case in make_checks(checks, context, max_model_requests):
                cases.append(case)
                show_case(console, case)
    if files.record:
        kept.write(files.record)
    _write(files, target, made, conclusion, cases, started, ran - begun)
    if as_json:
        click.echo(json.dumps(document(subject.target, plan, made, conclusion, cases)))
    else:
        conclude_for_people(console, conclusion)
    ctx.exit(exit_code(conclusion, cases))


def _write(
    files: Files,
    target: str,
    runs: Runs,
    conclusion: Conclusion,
    checks: list[CheckResult],
    started: datetime,
    seconds: float,
) -> None:
    if files.junit:
        write_text(
            files.junit,
            junit(target, [case_of(conclusion, seconds), *checks], started.isoformat(timespec="seconds")),
        )
    if files.markdown:
        write_text(files.markdown, markdown(target, runs, conclusion, checks))
    if files.svg:
        write_text(files.svg, svg(target, runs, conclusion))


def _say_waiting(finding: RunFinding, left: float) -> None:
    line = f"waiting up to {left:.0f} s more: {finding.verdict.value}, {finding.evidence[0]}"
    click.echo(line, file=sys.stderr)
