"""The templates before checkov, which is too large to be installed with everything else: `make checkov`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.synth.test_every_feature import PAGE, assistant, finished
from tests.synth.test_url_validators import finished_url

__all__ = ["assistant", "finished", "finished_url"]  # the fixtures

ROOT = PAGE.parents[1]
CHECKOV = shutil.which("checkov", path=str(ROOT / ".cache" / "checkov" / "bin")) or shutil.which("checkov")


@pytest.mark.skipif(CHECKOV is None, reason="checkov is not installed; 'make checkov' does it and runs this")
def test_checkov_findings_are_the_documented_ones(assembly: Path, finished: Path, finished_url: Path) -> None:
    templates = [assembly / "StreamingChat.template.json", finished, finished_url]
    assert CHECKOV
    done = subprocess.run(
        [CHECKOV, "--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "-o", "json"]
        + [argument for template in templates for argument in ("-f", str(template))],
        capture_output=True,
        text=True,
        check=False,  # it ends with 1 where it finds anything
    )
    report = json.loads(done.stdout)
    answers = PAGE.read_text("utf-8").partition("## checkov")[2]
    assert report["summary"]["passed"] > 100
    assert report["summary"]["parsing_errors"] == 0
    assert {found["check_id"] for found in report["results"]["failed_checks"]} == set(
        re.findall(r"`(CKV_\w+)`", answers)
    )
