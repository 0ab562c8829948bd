"""Check templates of any origin against the rules for streaming APIs, and print the findings.

``streaming-api check`` and ``python -m cdk_streaming_api.check`` run it; it needs neither aws_cdk nor Node.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .output import guarded
from .printable import one_line
from .reports.for_scripts import as_json
from .reports.github import as_annotations
from .reports.report import Report
from .reports.sarif import as_sarif
from .reports.table import as_table
from .rules.engine import examine
from .rules.rule import Severity
from .template.assembly import read

CLEAN = 0
FOUND = 1
USAGE_ERROR = 2
PROGRAM = "streaming-api check"
FORMATS = {"table": as_table, "json": as_json, "sarif": as_sarif, "github": as_annotations}


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the rules find on stdout; return 0, 1 for what should fail, 2 for wrong usage."""
    arguments = _parser().parse_args(argv)
    return check_path(arguments.path, arguments.format, arguments.fail_on)


def check_path(path: Path, form: str, fail_on: str) -> int:
    """Print what the rules find in a template or an assembly, and return the exit code.

    :param form: a key of ``FORMATS``
    :param fail_on: the least severity that ends with 1: error or warning
    """
    try:
        templates = read(path)
    except ValueError as error:
        print(f"{PROGRAM}: {one_line(str(error))}", file=sys.stderr)
        return USAGE_ERROR
    everything, not_read = examine(templates)
    found = [each for each in everything if each.acknowledged is None]
    report = Report(path, found, len(everything) - len(found), len(templates), not_read)
    print(FORMATS[form](report))
    worst = Severity[fail_on.upper()]
    # the worst one comes first
    return FOUND if found and found[0].rule.severity <= worst else CLEAN


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with a message that may quote an argument."""
        super().error(one_line(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Check templates for what does not go with response streaming. "
        "The rules are listed in docs/rules.md.",
        epilog="exit codes: 0 no errors (warnings may be), 1 errors, or warnings with --fail-on warning, "
        "2 wrong usage, or nothing that could be read",
        allow_abbrev=False,
    )
    parser.add_argument(
        "path",
        metavar="TEMPLATE_OR_CDK_OUT",
        type=Path,
        help="a CloudFormation or SAM template or an OpenAPI document, in JSON or YAML, or the directory "
        "that 'cdk synth' writes",
    )
    parser.add_argument(
        "--fail-on",
        choices=["error", "warning"],
        default="error",
        help="the least that ends with exit code 1 (default: error)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--format",
        choices=list(FORMATS),
        default="table",
        help="sarif for GitHub's code scanning and other tools, github for annotations of a workflow "
        "(default: table)",
    )
    form.add_argument(
        "--json", action="store_const", const="json", dest="format", help="print one JSON object"
    )
    return parser


def run(argv: Sequence[str] | None = None) -> NoReturn:
    """Run :func:`main` as a program: end with its exit code, quietly on a closed pipe or Ctrl-C."""
    # Ctrl-C ends other programs without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # a name may have characters that the encoding of the terminal has not
    sys.exit(guarded(PROGRAM, lambda: main(argv), errors="backslashreplace"))
