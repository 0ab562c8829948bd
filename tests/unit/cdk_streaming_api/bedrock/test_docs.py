"""docs/bedrock-iam.md is what the code grants."""

from __future__ import annotations

from bedrock_iam_docs import PAGE, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run '.venv/bin/python scripts/bedrock_iam_docs.py'"
