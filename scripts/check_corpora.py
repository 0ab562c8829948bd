"""Check the templates of others in a folder, and count what the rules find in them.

``make check-corpora DIR=folder`` runs it. Nothing of such a folder belongs into this repository. Exit code 1
means an error, or a warning, in a template in which nothing streams: that is a false one.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.rule import Finding
from streaming_api_templates.rules.subjects.read import read_subjects
from streaming_api_templates.template.assembly import read
from streaming_api_templates.template.template import Template

ENDINGS = {".json", ".template", ".yaml", ".yml"}

# a variable of an access log asks for nothing
_WORDS = re.compile(
    r"\b(ResponseTransferMode|InvokeMode|(?<!integration[.])responseTransferMode|streamifyResponse)\b"
)


class Checked(NamedTuple):
    """A template of somebody else, and what the rules find in it.

    :param file: its file
    :param streams: whether a method, a function or a function URL in it streams
    :param findings: what the rules find
    """

    file: Path
    streams: bool
    findings: list[Finding]


def templates(folder: Path) -> Iterator[tuple[Path, list[Template]]]:
    """Yield every file below a folder that can be read as a template."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in ENDINGS and file.is_file():
            try:
                yield file, read(file)
            except ValueError:  # another kind of file
                continue


def check(folder: Path) -> Iterator[Checked]:
    """Yield every template below a folder with what the rules find in it."""
    for file, found in templates(folder):
        streams = read_subjects(found, {}).anything_streams
        yield Checked(file, streams, find(found))


def main() -> int:
    """Print the counts, and the findings where nothing streams; return 1 when there are such."""
    parser = argparse.ArgumentParser(prog="check_corpora.py", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    everything = list(check(folder))
    streaming = [each for each in everything if each.streams]
    meant = [each for each in everything if not each.streams and _is_about_streaming(each.file)]
    false = [
        (each, finding)
        for each in everything
        if not each.streams and each not in meant
        for finding in each.findings
    ]
    print(f"{len(everything)} templates, {len(streaming)} with something that streams")
    counts = Counter((it.rule.id, str(it.rule.severity)) for each in everything for it in each.findings)
    for (rule, severity), count in sorted(counts.items()):
        print(f"{rule} {severity}: {count}")
    for each, finding in false:
        print(f"false: {each.file.relative_to(folder)}: {finding.rule.id} {finding.message}")
    print(f"{len(false)} findings in templates in which nothing is about streaming")
    return 1 if false else 0


def _is_about_streaming(file: Path) -> bool:
    """Return whether somebody meant something in a template to stream, though nothing does."""
    return _WORDS.search(file.read_text("utf-8-sig")) is not None


if __name__ == "__main__":
    sys.exit(main())
