"""Runs ``streaming-api load``, the command line of the load test."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import click
from rich.console import Console

from streaming_api_templates.plural import counted

from .. import event_loop
from ..client.sigv4 import CLOUDFRONT, ContentHash, service_of
from ..errors import CouldNotRun
from ..files import write_text
from ..measure.challenge import GAP_RANGE_MS, LONGEST_GAP_MS
from ..measure.subject import CallOptions, locate
from ..measure.targets import ApiTarget
from ..measure.verdicts import OUTCOMES, Verdict
from ..options import HTTP_VERSION, calling_an_api, secret_headers
from ..target_options import TargetCommand, WrongUsage, check_range, check_target, read_data
from .drive import Load, drive, is_dead
from .locust import locustfile
from .report import document, exit_code, invalid
from .samples import DEFINITIONS, PERCENTILES, Tally, flatten


@click.command(
    cls=TargetCommand,
    groups={
        "The load": "users rate seconds max_requests max_errors",
        "What is sent": "data gaps gap_ms",
        "How the API is called": "auth region headers http_version",
        "What is written": "as_json write_locustfile",
    },
)
@click.argument("target", callback=check_target)
@click.option("--users", type=click.IntRange(1, 2000), help="Closed load: users with one request at a time.")
@click.option(
    "--rate", type=click.FloatRange(0.01, 1000), help="Open load: requests a second, as a Poisson process."
)
@click.option(
    "--seconds", type=click.FloatRange(0.1), default=30, show_default=True, help="How long requests begin."
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="The bound of what it costs: the test ends after so many.",
)
@click.option(
    "--max-errors",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of errors that is not a failure.",
)
@calling_an_api
@HTTP_VERSION
@click.option(
    "--data",
    metavar="BODY",
    callback=read_data,
    help="Send BODY (or @FILE): for a route that is not a probe.",
)
@click.option(
    "--gaps", type=click.IntRange(12, 1000), default=16, show_default=True, help="Gaps of a probe's schedule."
)
@click.option(
    "--gap-ms",
    type=(click.IntRange(0, LONGEST_GAP_MS), click.IntRange(0, LONGEST_GAP_MS)),
    default=GAP_RANGE_MS,
    show_default=True,
    metavar="MIN MAX",
    callback=check_range,
    help="Their range.",
)
@click.option(
    "--write-locustfile",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a file for Locust, for load from several machines, and end.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def load(
    ctx: click.Context,
    target: str,
    users: int | None,
    rate: float | None,
    seconds: float,
    max_requests: int,
    max_errors: float,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    http_version: str,
    data: bytes | None,
    gaps: int,
    gap_ms: tuple[int, int],
    write_locustfile: Path | None,
    as_json: bool,
) -> None:
    """Put TARGET under load and measure how its streams arrive.

    TARGET is a URL, a stack or a function, as for smoke. The load is closed (--users) or open (--rate); in an
    open one users come whether or not the API keeps up, and their waiting counts.

    \b
    Exit codes:
      0  the API kept up
      1  answers failed, or were collected on the way
      2  this client was the bottleneck: the measures are invalid
      3  could not run: UNREACHABLE, AUTH or wrong usage

    \b
    Examples:
      streaming-api load StreamingChat --users 20 --seconds 60
      streaming-api load https://abc123.execute-api.eu-west-1.amazonaws.com/prod/ --rate 5 --json
      streaming-api load https://example.com/probe --write-locustfile locustfile.py
    """  # noqa: D301 - click looks for the character
    sent = secret_headers(auth, os.environ) | headers
    subject = locate(target, CallOptions(auth, region, sent, data, http_version=http_version))
    if subject.recorded:
        raise CouldNotRun("a recording cannot be put under load: pass a URL, a stack or a function")
    if write_locustfile:
        if not isinstance(subject.target, ApiTarget):
            raise CouldNotRun("Locust needs a URL, or a stack with one")
        found = subject.target
        signed_for = found.signer.region if found.signer else None
        service = CLOUDFRONT if isinstance(found.signer, ContentHash) else service_of(found.url)
        text = locustfile(write_locustfile.name, found.url, data, signed_for, gaps, gap_ms, service)
        write_text(write_locustfile, text)
        click.echo(f"run: locust -f {write_locustfile} --headless --users 20 --spawn-rate 5 --run-time 1m")
        return
    if users and rate:
        raise WrongUsage("--users is closed load, --rate open load: choose one")
    made = Load(
        users=users or (0 if rate else 5),
        rate=rate or 0.0,
        seconds=seconds,
        most_requests=max_requests,
        gaps=gaps,
        gap_ms=gap_ms,
        black_box=data is not None,
        seed=secrets.randbits(32),
    )
    charge = ", which a model behind it would charge for" if data is not None else ""
    click.echo(f"at most {max_requests} requests, begun within {seconds:g} s{charge}", err=True)
    tally = event_loop.run(drive(subject.target, made))
    if is_dead(tally):
        click.echo(f"stopped: the first {tally.requests} requests found nobody", err=True)
    code = exit_code(tally, max_errors)
    if as_json:
        click.echo(json.dumps(document(target, made, tally, max_errors)))
    else:
        show(Console(), tally)
    ctx.exit(code)


def show(console: Console, tally: Tally) -> None:
    """Print the measures and what they are worth."""

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    header = ("ms", *PERCENTILES, "max")
    for row in [header, *flatten(list(tally.summary().items()))]:
        say("  ".join(f"{cell:{'<9' if place == 0 else '>7'}}" for place, cell in enumerate(row)))
    for name in tally.summary():
        say(f"{name}: {DEFINITIONS[name]}")
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in tally.verdicts.most_common())
    say(f"{counted(tally.requests, 'request')}: {counts or 'none'}")
    for verdict, text in tally.first_fault.items():
        if verdict is not Verdict.STREAMING:
            say(f"{verdict.value}: {text}")
            say(f"next: {OUTCOMES[verdict].next_step}")
    bound = tally.collected_upper_bound()
    if tally.collected or bound < 1:
        found = f"{tally.collected} were collected on the way"
        say(f"{found}; at most {bound:.1%} of all are, with 95% confidence")
    for reason in invalid(tally):
        say(f"INVALID: {reason}")
