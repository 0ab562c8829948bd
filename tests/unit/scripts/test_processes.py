"""Report the progress of a long step, also while it prints nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from processes import run_quietly


def test_run_quietly_reports_a_silent_command(tmp_path: Path) -> None:
    """The command ends when it was reported as silent, so a report that never comes hangs the test."""
    gate = tmp_path / "gate"
    script = (
        f"import pathlib\nprint('begun', flush=True)\nwhile not pathlib.Path({str(gate)!r}).exists(): pass"
    )
    reports: list[str] = []

    def progress(line: str) -> None:
        reports.append(line)
        if line.startswith("begun ("):
            gate.touch()

    run_quietly([sys.executable, "-c", script], os.environ, progress, heartbeat=0.01)
    assert "begun" in reports
    assert gate.exists()
