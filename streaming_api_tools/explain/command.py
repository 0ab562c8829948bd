"""``streaming-api explain``: what an error is about, and what to do."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict

import click

from .catalogue import PAINS
from .match import Match, bounded, find
from .pain import Pain

SCHEMA_VERSION = 1
#: What a log may hold but a terminal should not obey.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@click.command()
@click.argument("text", nargs=-1)
@click.option("--list", "as_list", is_flag=True, help="List everything that is known.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(ctx: click.Context, text: tuple[str, ...], as_list: bool, as_json: bool) -> None:
    """Say what an error is about: its cause, what to do, and who says so.

    TEXT is an error as it was printed, or the description of a symptom. Without TEXT a log is read from
    stdin, line by line.

    \b
    Exit codes:
      0  something is known about it
      1  nothing is known about it

    \b
    Examples:
      streaming-api explain "Missing Authentication Token"
      aws logs tail /aws/lambda/my-function | streaming-api explain
      streaming-api explain --list
    """  # noqa: D301 - click looks for the character
    if as_list:
        _list(as_json)
        return
    if not text and (sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError("no TEXT, and nothing on stdin")
    if not text:
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    found = find(" ".join(text).splitlines() if text else bounded(sys.stdin))
    if as_json:
        matches = [asdict(match) for match in found]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "known": bool(found), "matches": matches}))
    elif found:
        # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
        click.echo("\n\n".join(_shown(match, piped=not text) for match in found), file=sys.stdout)
    else:
        known = f"{len(PAINS)} errors and symptoms are known: streaming-api explain --list"
        click.echo(f"nothing is known about it; {known}")
    ctx.exit(0 if found else 1)


def _shown(match: Match, *, piped: bool) -> str:
    pain, lines = match.pain, []
    title = click.style(pain.title, bold=True)
    lines.append(f"{title} ({match.count} lines)" if match.count > 1 else title)
    if piped:
        lines.append(f"  seen: {CONTROLS.sub('?', match.line)}")
    lines += [f"  why:  {pain.cause}", f"  do:   {pain.fix}", f"  see:  {pain.source}"]
    return "\n".join(lines)


def _list(as_json: bool) -> None:
    if as_json:
        pains = [asdict(pain) for pain in PAINS]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "pains": pains}))
        return
    width = max(len(pain.id) for pain in PAINS)
    for pain in PAINS:
        click.echo(_row(pain, width))


def _row(pain: Pain, width: int) -> str:
    return f"{pain.id:<{width}}  {pain.title}"
