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


def test_rule_fix_that_sets_the_transfer_mode_has_the_word_of_sam_as_well() -> None:
    """SAM ignores STREAM in an event, and a finding about an event has the fix of its rule."""
    setting = [rule for rule in RULES.values() if "ResponseTransferMode" in rule.fix and "STREAM" in rule.fix]
    assert {rule.id for rule in setting} >= {"STREAM004", "STREAM007", "STREAM020", "STREAM030"}
    assert [rule.id for rule in setting if "RESPONSE_STREAM" not in rule.fix] == []
