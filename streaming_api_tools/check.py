"""``streaming-api check``: apply the rules for streaming APIs to templates."""

from __future__ import annotations

import click

from streaming_api_templates.check import run


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Check templates against the rules for response streaming."""
    run(arguments)
