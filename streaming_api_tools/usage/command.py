"""``streaming-api usage``: reports who used what, from the records of a stack or of a file."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ..aws import Account, asking
from ..errors import CouldNotRun
from .insights import CloudFormationClient, LambdaClient, LogsClient, log_groups_of, samples_of
from .records import BY, Sample, read_records, sample_of
from .render import BARS, as_csv, as_json, as_table
from .summary import between, summarize

_SINCE = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_WEEK = 604_800.0


def check_since(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return seconds."""
    if value is None:
        return None
    if not (found := _SINCE.fullmatch(value)):
        raise click.BadParameter(f"{value!r} is no time like 30m, 12h, 7d or 4w")
    return float(found[1]) * _SECONDS[found[2]]


@click.command()
@click.argument("stack", required=False)
@click.option(
    "--since",
    metavar="TIME",
    callback=check_since,
    help="How far back, such as 30m, 12h, 7d or 4w.  [default: 7d; all of a file]",
)
@click.option(
    "--by", type=click.Choice(BY), default="caller", show_default=True, help="What each row is about."
)
@click.option("--csv", "as_csv_", is_flag=True, help="Print CSV.")
@click.option("--json", "as_json_", is_flag=True, help="Print one JSON object.")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path),
    metavar="LOG",
    help="Lines of a log to read in the place of a stack; - for stdin.",
)
@click.option("--region", metavar="NAME", help="Region of the stack.  [default: the configured one]")
def usage(
    stack: str | None,
    since: float | None,
    by: str,
    as_csv_: bool,
    as_json_: bool,
    file: Path | None,
    region: str | None,
) -> None:
    """Report who used what: requests, tokens and estimated cost of the bundled chat function.

    Reads the records that the functions of STACK wrote into their logs, with CloudWatch Logs Insights, which
    charges for what it scans. A + after the cost says that some requests have no price.

    \b
    Exit codes:
      0  the report is printed
      2  wrong usage
      3  AWS could not be reached, or the stack writes no records

    \b
    Examples:
      streaming-api usage Chat --since 7d --by caller
      streaming-api usage Chat --since 4w --by model --csv
      streaming-api usage --file local.log --by route
    """  # noqa: D301 - click looks for the character
    if (stack is None) == (file is None):
        raise click.UsageError("give the name of a STACK, or --file LOG")
    if as_csv_ and as_json_:
        raise click.UsageError("--csv and --json exclude each other")
    end = time.time()
    if file is not None:
        begin = None if since is None else end - since
        samples: Sequence[Sample] = between(_of_file(file, by), begin)
        rows, every = summarize(samples, begin, None if begin is None else end)
    else:
        begin = end - (since or _WEEK)
        samples = _of_stack(str(stack), by, begin, end, region)
        rows, every = summarize(samples, begin, end)
    if as_csv_:
        click.echo(as_csv(by, rows))
    elif as_json_:
        click.echo(as_json(by, rows, every, begin, end))
    elif not rows:
        click.echo("there are no records of usage in that time", err=True)
    else:
        # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
        click.echo(as_table(by, rows, every, ascii_only=not _takes_bars()), file=sys.stdout)


def _of_file(file: Path, by: str) -> list[Sample]:
    try:
        with click.open_file(str(file), encoding="utf-8", errors="replace") as lines:
            return [sample_of(record, by) for record in read_records(lines)]
    except OSError as failure:
        raise CouldNotRun(f"{file} cannot be read: {failure.strerror}") from failure


def _of_stack(stack: str, by: str, begin: float, end: float, region: str | None) -> list[Sample]:
    with Account(region) as account, asking("the usage is not known"):
        cloudformation = account.client(CloudFormationClient, "cloudformation")  # type: ignore[type-abstract]
        lambda_ = account.client(LambdaClient, "lambda")  # type: ignore[type-abstract]
        logs = account.client(LogsClient, "logs")  # type: ignore[type-abstract]
        return samples_of(logs, log_groups_of(stack, cloudformation, lambda_), by, begin, end)


def _takes_bars() -> bool:
    try:
        BARS.encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
