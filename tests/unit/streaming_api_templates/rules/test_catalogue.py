"""The rows of the table of rules can stand in the page and in one line of output."""

from __future__ import annotations

from streaming_api_templates.rules.catalogue import RULES


def test_rule_catalogue_rows_fit_in_one_line_of_output() -> None:
    assert list(RULES) == [f"STREAM{number:03}" for number in range(1, len(RULES) + 1)]
    for rule in RULES.values():
        assert rule.link.startswith("https://")
        for line in (rule.title, rule.fix):
            assert line == line.strip()
            assert not set(line) & set("|\n")
            assert not line.endswith(".")
