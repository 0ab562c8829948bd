"""Hold the fault matrix of docs/security.md to the table that the tests run."""

from __future__ import annotations

from fault_docs import PAGE, count, render


def test_page_has_the_matrix_that_the_tests_run() -> None:
    page = PAGE.read_text("utf-8")
    assert page == render(page), "run '.venv/bin/python scripts/fault_docs.py'"
    assert f"runs {count()} cases" in page
