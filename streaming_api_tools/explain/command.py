"""Runs ``streaming-api explain``: prints the cause of an error, and what to do."""

from __future__ import annotations

import json
import sys

import click

from ..printable import one_line
from .catalogue import KnownIssue, catalogue
from .match import Explanation, bounded, find

SCHEMA_VERSION = 1


@click.command()
@click.argument("text", nargs=-1)
@click.option("--list", "as_list", is_flag=True, help="List every known error.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(ctx: click.Context, text: tuple[str, ...], as_list: bool, as_json: bool) -> None:
    """Explain an error: its cause, what to do, and the source.

    TEXT is an error as it was printed, or the description of a symptom. Without TEXT a log is read from
    stdin, line by line. Where a text fits several errors, each is printed as "perhaps".

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
        matches = [_as_json(each) for each in found]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "known": bool(found), "matches": matches}))
    elif found:
        # to the stream itself: click would write UTF-8 to a terminal that knows ASCII only
        click.echo("\n\n".join(_as_text(each, piped=not text) for each in found), file=sys.stdout)
    else:
        known = f"{len(catalogue().issues)} errors and symptoms are known: streaming-api explain --list"
        click.echo(f"nothing is known about it; {known}")
    ctx.exit(0 if found else 1)


def _as_json(explanation: Explanation) -> dict[str, object]:
    # the member is named as it always was
    return {
        "pain": explanation.issue.as_json(),
        "line": explanation.line,
        "count": explanation.count,
        "sure": explanation.sure,
    }


def _as_text(explanation: Explanation, *, piped: bool) -> str:
    issue = explanation.issue
    title = click.style(issue.title, bold=True)
    title = title if explanation.sure else f"perhaps: {title}"
    lines = [f"{title} ({explanation.count} lines)" if explanation.count > 1 else title]
    if piped:
        lines.append(f"  seen: {one_line(explanation.line)}")
    lines += [f"  why:  {issue.cause}", f"  do:   {issue.fix}", f"  see:  {issue.sources[0]}"]
    return "\n".join(lines)


def _list(as_json: bool) -> None:
    issues = catalogue().issues
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "pains": [issue.as_json() for issue in issues]}
        click.echo(json.dumps(document))
        return
    width = max(len(issue.id) for issue in issues)
    for issue in issues:
        click.echo(_row(issue, width))


def _row(issue: KnownIssue, width: int) -> str:
    return f"{issue.id:<{width}}  {issue.title}"
