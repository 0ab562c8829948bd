"""List the targets of make in groups."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_make_help_has_every_described_target_under_a_heading() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    headings = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert headings == ["Begin", "Run and deploy", "Test", "Measure", "Write and release"]
    described = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE) == described
    assert len(described) > 20
