"""`make check-corpora`: what is counted as right and as false."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import check_corpora
import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.rules.templates import GONE, GOOD, changed

BUFFERED = changed({"Method.Properties.Integration": {"Type": "MOCK"}, "Permission": GONE})


def run(
    monkeypatch: pytest.MonkeyPatch, folder: Path, contents: Mapping[str, Mapping[str, Any] | str]
) -> int:
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    monkeypatch.setattr("sys.argv", ["check_corpora.py", str(folder)])
    return check_corpora.main()


def test_check_corpora_counts_templates_and_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = changed({"Permission": GONE})
    contents: dict[str, Mapping[str, Any] | str] = {
        "a/good.json": GOOD,
        "b.yaml": json.dumps(spoilt),
        "c.template": BUFFERED,
        "package.json": "{}",
        "notes.md": "x",
    }
    assert run(monkeypatch, tmp_path, contents) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "3 templates, 2 with something that streams",
        "STREAM022 error: 1",
        "0 findings in templates in which nothing is about streaming",
    ]


def test_check_corpora_finding_where_nothing_streams_is_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    always = find([Template("t.json", changed({"Permission": GONE}))])
    monkeypatch.setattr(check_corpora, "find", lambda _: always)
    assert run(monkeypatch, tmp_path, {"t.json": BUFFERED}) == 1
    assert "false: t.json: STREAM022" in capsys.readouterr().out
