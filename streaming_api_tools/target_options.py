"""Defines the argument TARGET and the exit code of wrong usage, which ``smoke`` and ``load`` share.

They are above :mod:`.measure`, which knows the targets. :mod:`.options`, which ``chat`` and ``open`` use too,
is below it.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from .help import GroupedCommand
from .measure.subject import is_target
from .measure.verdicts import NOT_RUN
from .options import with_scheme

WITH_A_USER = re.compile(r"https?://[^/?#]*@")


class WrongUsage(click.UsageError):
    """Raised for wrong usage; it ends with 3, since click's 2 means an inconclusive test here."""

    exit_code = NOT_RUN


class TargetCommand(GroupedCommand):
    """A command whose wrong usage ends with 3."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as failure:
            raise WrongUsage(failure.format_message(), ctx) from failure


def check_target(ctx: click.Context, param: click.Parameter, text: str) -> str:
    """Refuse a text that cannot name a target."""
    if WITH_A_USER.match(text):
        # not shown: it has a password
        raise click.BadParameter("a URL takes no user and password: use --auth, or --header")
    if not is_target(text):
        raise click.BadParameter(
            f"{text!r} is not an http or https URL, a stack, a function or a recording{with_scheme(text)}"
        )
    return text


def check_range(ctx: click.Context, param: click.Parameter, bounds: tuple[int, int]) -> tuple[int, int]:
    """Refuse a range of gaps without a choice: the schedule would be known."""
    if bounds[0] >= bounds[1]:
        raise click.BadParameter(f"{bounds[0]} is not less than {bounds[1]}")
    return bounds


def read_data(ctx: click.Context, param: click.Parameter, data: str | None) -> bytes | None:
    """Return the body that ``--data`` gives, from a file where it begins with @."""
    if data is None or not data.startswith("@"):
        return data.encode() if data is not None else None
    try:
        return Path(data[1:]).read_bytes()
    except OSError as failure:
        raise click.BadParameter(f"{data[1:]}: {failure.strerror}") from failure
