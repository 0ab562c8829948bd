"""``streaming-api check``: the construct library's rules for streaming APIs, applied to templates.

The library runs in a process of its own, as for ``streaming-api policy``: no folder imports another.
"""

from __future__ import annotations

import os
import sys

import click


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Check templates for what does not go with response streaming."""
    sys.stdout.flush()
    argv = [sys.executable, "-m", "cdk_streaming_api.check", *arguments]
    os.execv(sys.executable, argv)  # noqa: S606 - replacing the process keeps signals and the exit code
