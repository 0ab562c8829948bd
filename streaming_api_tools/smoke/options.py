"""Defines the options of ``smoke``, in groups that reach the command as one value each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click

from ..checks.catalogue import parse_names
from ..errors import CouldNotRun
from ..measure.cadence import CadenceLimits
from ..measure.challenge import GAP_RANGE_MS, GAPS, LEAST_GAPS, LONGEST_GAP_MS, MOST_GAPS
from ..target_options import check_range

DEFAULTS = CadenceLimits()
Decorated = TypeVar("Decorated", bound=Callable[..., object])


@dataclass(frozen=True)
class Files:
    """Files that the command writes, beside the terminal."""

    record: Path | None = None
    junit: Path | None = None
    markdown: Path | None = None
    svg: Path | None = None


@dataclass(frozen=True)
class Drawing:
    """The schedules to draw, and the limits of their answers."""

    seed: int
    gaps: int
    gap_ms: tuple[int, int]
    limits: CadenceLimits


def read_checks(ctx: click.Context, param: click.Parameter, names: str) -> tuple[str, ...]:
    """Return the names of the checks."""
    try:
        return parse_names(names)
    except ValueError as failure:
        raise click.BadParameter(str(failure)) from failure


def check_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file in a directory that is not there, before a test is made whose result it is to hold."""
    if path and not path.absolute().parent.is_dir():
        raise CouldNotRun(f"{path} cannot be written: No such file or directory")
    return path


def _file(name: str, metavar: str, text: str) -> Callable[[Decorated], Decorated]:
    kind = click.Path(dir_okay=False, writable=True, path_type=Path)
    return click.option(name, type=kind, metavar=metavar, callback=check_file, help=text)


def writing_files(command: Decorated) -> Decorated:
    """Give a command the options that name files; it gets them as ``files``."""

    @wraps(command)
    def collected(
        *args: object,
        record: Path | None,
        junit: Path | None,
        markdown: Path | None,
        svg: Path | None,
        **others: object,
    ) -> object:
        return command(*args, files=Files(record, junit, markdown, svg), **others)

    options = (
        _file("--junit", "FILE", "Write JUnit XML."),
        _file("--markdown", "FILE", "Write a summary, as for $GITHUB_STEP_SUMMARY."),
        _file("--svg", "FILE", "Draw the arrivals against the schedule."),
        _file("--record", "FILE.json", "Keep the exchanges, to be judged again: smoke FILE.json."),
    )
    for option in reversed(options):
        collected = option(collected)
    return collected  # type: ignore[return-value]


def drawing_challenges(command: Decorated) -> Decorated:
    """Give a command the options of the challenge; it gets them as ``drawing``."""

    @wraps(command)
    def collected(
        *args: object,
        seed: int | None,
        gaps: int,
        gap_ms: tuple[int, int],
        hold_p95_ms: float,
        hold_max_ms: float,
        **others: object,
    ) -> object:
        limits = CadenceLimits(hold_p95_ms=hold_p95_ms, hold_max_ms=hold_max_ms)
        drawn = secrets.randbits(32) if seed is None else seed
        return command(*args, drawing=Drawing(drawn, gaps, gap_ms, limits), **others)

    for option in reversed(CHALLENGE_OPTIONS):
        collected = option(collected)
    return collected  # type: ignore[return-value]


CHALLENGE_OPTIONS = (
    click.option("--seed", type=int, help="Draw the same schedules as an earlier run.  [default: random]"),
    click.option(
        "--gaps",
        type=click.IntRange(LEAST_GAPS, MOST_GAPS),
        default=GAPS,
        show_default=True,
        help="Gaps of one run.",
    ),
    click.option(
        "--gap-ms",
        type=(click.IntRange(0, LONGEST_GAP_MS), click.IntRange(0, LONGEST_GAP_MS)),
        default=GAP_RANGE_MS,
        show_default=True,
        metavar="MIN MAX",
        callback=check_range,
        help="Range of the gaps in milliseconds.",
    ),
    click.option(
        "--hold-p95-ms",
        type=click.FloatRange(0),
        default=DEFAULTS.hold_p95_ms,
        show_default=True,
        help="How late 95 % of the events may be.",
    ),
    click.option(
        "--hold-max-ms",
        type=click.FloatRange(0),
        default=DEFAULTS.hold_max_ms,
        show_default=True,
        help="How late any event may be.",
    ),
)
