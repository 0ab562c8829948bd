"""docs/architecture.md is written from the table of layers."""

from __future__ import annotations

import architecture_docs


def test_architecture_docs_equal_the_table_of_layers() -> None:
    assert architecture_docs.PAGE.read_text("utf-8") == architecture_docs.render(), (
        "run scripts/architecture_docs.py"
    )
