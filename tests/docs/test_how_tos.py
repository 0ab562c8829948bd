"""Every page that tells how to do something begins with what must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [*sorted(path.stem for path in DOCS.glob("how-to-*.md")), "testing", "deploy", "ci"]


@pytest.mark.parametrize("page", PAGES)
def test_how_to_begins_with_what_you_need(page: str) -> None:
    _, blank, first = (DOCS / f"{page}.md").read_text("utf-8").splitlines()[:3]
    assert (blank, first[:12]) == ("", "**You need**")
