"""Hold what keeps `make test` short."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("cdk_streaming_api", "lambda_src", "streaming_api_templates", "streaming_api_tools")


def test_make_environment_lets_python_keep_its_bytecode() -> None:
    target = "--eval=shown: ; @echo [$$PYTHONDONTWRITEBYTECODE]"
    shown = subprocess.run(
        ["make", "--no-print-directory", target, "shown"],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert shown.stdout == "[]\n", shown.stderr


def test_type_checks_skip_only_modules_that_nothing_names() -> None:
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    skipped = set(re.findall(r'"aws_cdk\.(aws_\w+)"', settings))
    assert len(skipped) > 10
    sources = (*SOURCES, "stacks", "tests", "examples", "bench", "scripts")
    files = [file for folder in sources for file in (ROOT / folder).rglob("*.py")]
    named = {name for file in files for name in re.findall(r"\baws_\w+", file.read_text("utf-8"))}
    assert "aws_lambda" in named
    assert not skipped & named
