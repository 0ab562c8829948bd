"""Runs ``streaming-api check``: applies the rules for streaming APIs to templates."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from streaming_api_templates.check import FORMATS, check_path


@click.command()
@click.argument("path", metavar="TEMPLATE_OR_CDK_OUT", type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least that ends with exit code 1.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="sarif is for GitHub's code scanning and other tools, github for annotations of a workflow.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as --format json does.")
@click.pass_context
def check(ctx: click.Context, path: Path, fail_on: str, form: str, as_json: bool) -> None:
    """Check templates against the rules for response streaming.

    TEMPLATE_OR_CDK_OUT is a CloudFormation or SAM template in JSON or YAML, or the directory that 'cdk synth'
    writes. The rules are listed in docs/rules.md.

    \b
    Exit codes:
      0  no errors; there may be warnings
      1  errors, or warnings with --fail-on warning
      2  wrong usage, or nothing that could be read

    \b
    Examples:
      streaming-api check cdk.out
      streaming-api check template.yaml --fail-on warning
      streaming-api check cdk.out --format sarif > streaming.sarif
    """  # noqa: D301 - click looks for the character
    if as_json:
        if ctx.get_parameter_source("form") is not ParameterSource.DEFAULT:
            raise click.UsageError("--json does not go with --format")
        form = "json"
    ctx.exit(check_path(path, form, fail_on))
