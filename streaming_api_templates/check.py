"""Check templates of any origin against the rules for streaming APIs, and print the findings.

``streaming-api check`` and ``python -m cdk_streaming_api.check`` run it; it needs neither aws_cdk nor Node.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .rules.engine import find
from .rules.rule import Finding, Severity
from .template.assembly import read

CLEAN = 0
ERRORS_FOUND = 1
USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the rules find on stdout; return 0 without errors, 1 with errors, 2 for wrong usage."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        templates = read(arguments.path)
    except ValueError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return USAGE_ERROR
    if not templates:
        print(f"{parser.prog}: {arguments.path} has no stack, so nothing was checked", file=sys.stderr)
        return USAGE_ERROR
    everything = find(templates)
    found = [each for each in everything if each.acknowledged is None]
    if arguments.json:
        print(json.dumps({"findings": [_as_json(each) for each in found]}, indent=2))
    else:
        for each in found:
            print(f"{_as_text(each)}\n")
        print(_summary(found, len(everything) - len(found), len(templates)))
    return ERRORS_FOUND if any(each.rule.severity is Severity.ERROR for each in found) else CLEAN


def _as_json(found: Finding) -> dict[str, str | None]:
    return {
        "rule": found.rule.id,
        "severity": str(found.rule.severity),
        "template": found.template,
        "logical_id": found.logical_id,
        "path": found.path,
        "construct_path": found.construct_path,
        "message": found.message,
        "fix": found.rule.fix,
        "link": found.rule.link,
    }


def _as_text(found: Finding) -> str:
    where = f"{found.template}: {found.construct_path or found.logical_id}, {found.path}"
    head = f"{found.rule.severity.name.lower()} {found.rule.id}: {found.message}"
    return "\n".join(
        [head, *(f"  {line}" for line in (where, *_wrapped(f"fix: {found.rule.fix}"), found.rule.link))]
    )


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, 100, subsequent_indent="     ", break_long_words=False, break_on_hyphens=False)


def _summary(found: Sequence[Finding], acknowledged: int, templates: int) -> str:
    errors = sum(each.rule.severity is Severity.ERROR for each in found)
    rest = f", {acknowledged} acknowledged" if acknowledged else ""
    return (
        f"{_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}{rest} "
        f"in {_count(templates, 'template')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streaming-api check",
        description="Check templates for what does not go with response streaming. "
        "The rules are listed in docs/rules.md.",
        epilog="exit codes: 0 no errors (warnings may be), 1 errors, 2 wrong usage",
        allow_abbrev=False,
    )
    parser.add_argument(
        "path",
        metavar="TEMPLATE_OR_CDK_OUT",
        type=Path,
        help="a CloudFormation or SAM template in JSON or YAML, or the directory that 'cdk synth' writes",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(argv: Sequence[str] | None = None) -> NoReturn:
    """Run :func:`main` as a program: end with its exit code, quietly on a closed pipe or Ctrl-C."""
    # a reader that has seen enough, such as head, is no error
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # nor is Ctrl-C, which ends other programs without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(argv))
