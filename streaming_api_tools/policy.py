"""Runs ``streaming-api policy``: the construct library works out the IAM policy of a model.

The library runs in a process of its own: it imports aws_cdk, which starts Node, and the other commands do not
pay for that.
"""

from __future__ import annotations

import os
import sys

import click


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def policy(arguments: tuple[str, ...]) -> None:
    """Print the IAM policy that a Bedrock model needs."""
    sys.stdout.flush()
    argv = [sys.executable, "-m", "cdk_streaming_api.policy", *arguments]
    os.execv(sys.executable, argv)  # noqa: S606 - replacing the process keeps signals and the exit code
